// A drawing leaves the page as it is seen: SVG with its styles written into it, and PNG made of that.

const STYLES = [
  "fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-opacity", "opacity",
  "font-family", "font-size", "font-weight", "text-anchor", "dominant-baseline", "paint-order", "visibility", "display",
];

/** The drawing as a document of its own, with a title and the words that go with every export. */
export function standalone(svg: SVGSVGElement, title: string, note: string): string {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const shown = [svg, ...svg.querySelectorAll<SVGElement>("*")];
  const copies = [copy, ...copy.querySelectorAll<SVGElement>("*")];
  shown.forEach((element, index) => {
    const computed = getComputedStyle(element);
    for (const name of STYLES) copies[index]?.setAttribute(name, computed.getPropertyValue(name));
  });
  const box = svg.getBoundingClientRect();
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", String(box.width));
  copy.setAttribute("height", String(box.height));
  if (!copy.hasAttribute("viewBox")) copy.setAttribute("viewBox", `0 0 ${box.width} ${box.height}`);
  const make = (name: string, words: string): void => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    element.textContent = words;
    copy.prepend(element);
  };
  make("desc", note);
  make("title", title);
  return new XMLSerializer().serializeToString(copy);
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
