// A combobox over the names of the record, as the ARIA Authoring Practices describe one: a list of suggestions that is
// walked with the arrows while the focus stays in the box. What it says is written on the box by the server.

interface Found {
  label: string;
  matched: string;
  lang: string;
  kind: string;
  page: string;
}

interface Answer {
  results: Found[];
}

const WAIT = 120;
const LIMIT = 8;
/** What has names; statements of claims and notes are for the search page. */
const KINDS = ["Organisation", "Person", "Place", "Occurrence", "Source", "Concept"];

function element(name: string, className: string, words = ""): HTMLElement {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.textContent = words;
  return made;
}

/** ArmedGroup as “armed group”. */
function kindWords(kind: string): string {
  return kind.replace(/(?<=[a-z])(?=[A-Z])/g, " ").toLowerCase();
}

/** Let a search box suggest what its text may become. */
export function suggest(box: HTMLInputElement): void {
  const said = box.dataset;
  const frame = element("span", "suggesting");
  const list = element("ul", "suggestions");
  const status = element("span", "quiet");
  box.before(frame);
  frame.append(box, list, status);
  list.id = `${box.id}-list`;
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", said.suggest ?? "");
  status.setAttribute("role", "status");
  for (const [name, value] of Object.entries({
    role: "combobox",
    "aria-autocomplete": "list",
    "aria-expanded": "false",
    "aria-controls": list.id,
  })) box.setAttribute(name, value);

  let found: Found[] = [];
  let at = -1;
  let timer = 0;
  let asked = "";
  let request: AbortController | undefined;

  const options = (): HTMLElement[] => [...list.querySelectorAll<HTMLElement>('[role="option"]')];

  function move(to: number): void {
    at = to;
    options().forEach((option, index) => {
      option.setAttribute("aria-selected", String(index === at));
      if (index === at) option.scrollIntoView({ block: "nearest" });
    });
    if (at < 0) box.removeAttribute("aria-activedescendant");
    else box.setAttribute("aria-activedescendant", `${list.id}-${at}`);
  }

  function open(wanted: boolean): void {
    list.hidden = !wanted;
    box.setAttribute("aria-expanded", String(wanted));
    move(-1);
  }

  function close(): void {
    clearTimeout(timer);
    request?.abort();
    open(false);
    status.textContent = "";
  }

  function option(one: Found, index: number): HTMLElement {
    const made = element("li", "");
    made.id = `${list.id}-${index}`;
    made.setAttribute("role", "option");
    const name = element("bdi", "name", one.label);
    made.append(name, " ", element("span", "kind", kindWords(one.kind)));
    if (one.matched !== one.label) {
      const [before = "", after = ""] = (said.spelled ?? "{name}").split("{name}");
      const spelled = element("bdi", "", one.matched);
      if (one.lang) spelled.lang = one.lang;
      const line = element("span", "matched", before);
      line.append(spelled, after);
      made.append(" ", line);
    }
    made.addEventListener("click", () => location.assign(one.page));
    return made;
  }

  function show(): void {
    list.replaceChildren(...found.map(option));
    open(found.length > 0);
    status.textContent = found.length ? (said.some ?? "").replace("{n}", String(found.length)) : (said.none ?? "");
  }

  async function ask(): Promise<void> {
    const typed = box.value.trim();
    request?.abort();
    if (typed.length < 2) {
      close();
      asked = "";
      return;
    }
    asked = typed;
    request = new AbortController();
    try {
      const query = new URLSearchParams({ q: typed, format: "json", limit: String(LIMIT) });
      for (const kind of KINDS) query.append("kind", kind);
      const answer = await fetch(`/search?${query}`, { signal: request.signal });
      if (!answer.ok || asked !== typed) return;
      found = ((await answer.json()) as Answer).results;
      if (document.activeElement === box) show();
    } catch {
      // Left for a newer text, or the server is away: the form goes to the search page all the same.
    }
  }

  box.addEventListener("input", () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => void ask(), WAIT);
  });
  box.addEventListener("blur", close);
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  box.addEventListener("keydown", (event) => {
    const count = list.hidden ? 0 : found.length;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!count) {
        if (found.length && asked === box.value.trim()) show();
        else void ask();
      } else if (!event.altKey) {
        const step = event.key === "ArrowDown" ? 1 : -1;
        // The box itself is one stop of the round.
        move(((at + 1 + step + count + 1) % (count + 1)) - 1);
      }
      if (event.altKey && event.key === "ArrowUp") open(false);
    } else if (event.key === "Enter" && at >= 0) {
      event.preventDefault();
      const chosen = found[at];
      if (chosen) location.assign(chosen.page);
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      close();
    }
  });
}
