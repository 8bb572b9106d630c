// The sentences of a page, from the Fluent files that the server's templates use too.
import { FluentBundle, FluentResource, type FluentVariable } from "@fluent/bundle";

const bundle = new FluentBundle(document.documentElement.lang || "en", { useIsolating: false });
for (const block of document.querySelectorAll<HTMLScriptElement>("script[data-texts]")) {
  bundle.addResource(new FluentResource(JSON.parse(block.textContent ?? '""') as string));
}

/** The sentence of a key with its values filled in; the key itself where there is none, which tests look for. */
export function text(key: string, values: Record<string, FluentVariable> = {}): string {
  const pattern = bundle.getMessage(key)?.value;
  return pattern ? bundle.formatPattern(pattern, values) : key;
}
