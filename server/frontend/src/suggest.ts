// Every search box of a page suggests names.
import { suggest } from "./lib/suggest";

for (const box of document.querySelectorAll<HTMLInputElement>("input[data-suggest]")) suggest(box);
