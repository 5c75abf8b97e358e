/** Files dropped anywhere on the page, or chosen with the file input. */

import { byId } from "./elements.js";

export function onFile(take: (file: File) => void): void {
  const zone = byId("drop");
  const input = byId("file");
  if (!(input instanceof HTMLInputElement)) throw new Error("#file is no input");
  const mark = (over: boolean) => zone.classList.toggle("over", over);
  input.addEventListener("change", () => {
    const file = input.files?.[0];
    if (file !== undefined) take(file);
    // So that the same file can be chosen again.
    input.value = "";
  });
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    mark(true);
  });
  document.addEventListener("dragleave", () => mark(false));
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    mark(false);
    const file = event.dataTransfer?.files[0];
    if (file !== undefined) take(file);
  });
}
