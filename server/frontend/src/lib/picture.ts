// A drawing leaves the page as it is seen: SVG with its styles written into it, and PNG made of that.
import { text } from "./texts";

const STYLES = [
  "fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-opacity", "opacity",
  "font-family", "font-size", "font-weight", "text-anchor", "dominant-baseline", "paint-order", "visibility", "display",
];

const SPACE = "http://www.w3.org/2000/svg";
const LINE = 24;

/** The drawing as a document of its own, with a title and the words that go with every export, under it to be seen. */
export function standalone(svg: SVGSVGElement, title: string, note: string): string {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const shown = [svg, ...svg.querySelectorAll<SVGElement>("*")];
  const copies = [copy, ...copy.querySelectorAll<SVGElement>("*")];
  shown.forEach((element, index) => {
    const computed = getComputedStyle(element);
    for (const name of STYLES) copies[index]?.setAttribute(name, computed.getPropertyValue(name));
  });
  const box = svg.getBoundingClientRect();
  copy.setAttribute("width", String(box.width));
  copy.setAttribute("height", String(box.height));
  if (!copy.hasAttribute("viewBox")) copy.setAttribute("viewBox", `0 0 ${box.width} ${box.height}`);
  const words = text("not-screening");
  const make = (name: string, said: string): SVGElement => {
    const element = document.createElementNS(SPACE, name);
    element.textContent = said;
    return element;
  };
  // A drawing may say it itself; every other has it in a line of its own.
  const seen = svg.textContent?.includes(words) ?? false;
  const height = box.height + (seen ? 0 : LINE);
  const whole = document.createElementNS(SPACE, "svg");
  for (const [name, value] of [["width", box.width], ["height", height], ["viewBox", `0 0 ${box.width} ${height}`]]) {
    whole.setAttribute(String(name), String(value));
  }
  whole.append(make("title", title), make("desc", note.includes(words) ? note : `${words}. ${note}`), copy);
  if (!seen) {
    const page = getComputedStyle(document.body), line = make("text", words);
    for (const [name, value] of [["x", 8], ["y", height - 8], ["fill", page.color], ["font-family", page.fontFamily], ["font-size", 12]]) {
      line.setAttribute(String(name), String(value));
    }
    whole.append(line);
  }
  return new XMLSerializer().serializeToString(whole);
}

/** Give a file to the reader. */
export function download(content: Blob | string, type: string, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

/** The drawing as a PNG of twice its size, on the page's own background. */
export async function png(svg: SVGSVGElement, title: string, note: string): Promise<Blob> {
  const image = new Image();
  const address = URL.createObjectURL(new Blob([standalone(svg, title, note)], { type: "image/svg+xml" }));
  try {
    image.src = address;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = image.width * 2;
    canvas.height = image.height * 2;
    const context = canvas.getContext("2d");
    if (!context) throw new Error("no canvas");
    context.fillStyle = getComputedStyle(document.body).backgroundColor;
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve, reject) => {
      canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no image"))), "image/png");
    });
  } finally {
    URL.revokeObjectURL(address);
  }
}
