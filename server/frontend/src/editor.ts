// YASGUI on this host's endpoint alone, completing the terms of our ontology and offering the library's questions.
import Yasgui from "@zazuko/yasgui";
import "@zazuko/yasgui/build/yasgui.min.css";
import { embedded } from "./lib/data";
import { text } from "./lib/texts";

interface Term { iri: string; label: string; definition: string }
interface Offered {
  prefixes: Record<string, string>;
  class: Term[];
  property: Term[];
  questions: { name: string; title: string; text: string }[];
}

const place = document.getElementById("yasgui") as HTMLElement;
const state = document.getElementById("state") as HTMLElement;
const endpoint = new URL("/sparql", location.href).href;

/** What our ontology has to say of a term, beside its name in the list of completions. */
function explained(terms: Term[], prefixes: Record<string, string>): (yasqe: unknown, hints: any[]) => any[] {
  const known = new Map(terms.map((term) => [term.iri, term]));
  const full = (written: string): string => {
    const [prefix, local] = written.split(":", 2) as [string, string | undefined];
    return local !== undefined && prefix in prefixes ? prefixes[prefix] + local : written.replace(/^<|>$/g, "");
  };
  return (_, hints) => {
    for (const hint of hints) {
      const term = known.get(full(hint.text));
      if (!term) continue;
      hint.render = (element: HTMLElement) => {
        const name = document.createElement("span");
        name.textContent = hint.text;
        const about = document.createElement("small");
        about.textContent = [term.label, term.definition].filter(Boolean).join(": ");
        element.append(name, about);
        element.title = about.textContent;
      };
    }
    return hints;
  };
}

function complete({ prefixes, class: classes, property }: Offered): void {
  const { Yasqe } = Yasgui;
  const bulk = { bulk: true, persistenceId: null };
  const ours = {
    class: { ...bulk, name: "our-classes", get: () => classes.map(({ iri }) => iri), postprocessHints: explained(classes, prefixes) },
    property: {
      ...bulk, name: "our-properties", get: () => property.map(({ iri }) => iri), postprocessHints: explained(property, prefixes),
    },
    prefixes: {
      ...bulk, name: "our-prefixes", get: () => Object.entries(prefixes).map(([prefix, iri]) => `${prefix}: <${iri}>`).sort(),
    },
  };
  for (const [theirs, mine] of Object.entries(ours)) Yasqe.forkAutocompleter(theirs, mine);
  // What the bundle completes by itself asks other hosts; ours takes its place.
  Yasqe.defaults.autocompleters = ["variables", ...Object.values(ours).map(({ name }) => name)];
}

async function start(): Promise<void> {
  const answer = await fetch("/sparql/terms.json");
  if (!answer.ok) throw new Error(`${answer.status}`);
  const offered = (await answer.json()) as Offered;
  complete(offered);
  const yasgui = new Yasgui(place, {
    persistenceId: null,
    populateFromUrl: false,
    copyEndpointOnNewTab: false,
    tabName: text("editor-tab"),
    requestConfig: { endpoint, method: "POST" },
    endpointCatalogueOptions: { getData: () => [{ endpoint }], keys: [], renderItem: () => undefined },
    yasqe: {
      createShareableLink: (yasqe: { getValue: () => string }) => `${location.origin}/sparql/editor?query=${encodeURIComponent(yasqe.getValue())}`,
      consumeShareLink: null,
      prefixCcApi: null,
      editorHeight: "22rem",
    },
    yasr: { prefixes: offered.prefixes, persistenceId: null } as never,
  });
  const first = yasgui.getTab();
  first?.setQuery(embedded<string>("query"));
  wire(yasgui, offered);
  state.hidden = true;
  place.dataset.ready = "yes";
}

function wire(yasgui: Yasgui, { questions }: Offered): void {
  const form = document.querySelector<HTMLFormElement>("form.examples");
  const choice = form?.querySelector("select");
  form?.addEventListener("submit", (event) => {
    const question = questions.find(({ name }) => name === choice?.value);
    if (!question) return;
    event.preventDefault();
    const tab = yasgui.addTab(true, { name: question.title });
    tab.setQuery(question.text);
  });
  // The plain editor takes over what is written here.
  const plain = document.getElementById("plain") as HTMLAnchorElement | null;
  const take = (): void => {
    const written = yasgui.getTab()?.getYasqe()?.getValue();
    if (plain && written) plain.href = `/sparql?query=${encodeURIComponent(written)}`;
  };
  plain?.addEventListener("pointerdown", take);
  plain?.addEventListener("focus", take);
}

start().catch(() => {
  state.textContent = text("editor-failed");
});
