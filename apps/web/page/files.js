/** Pictures and weights that are chosen, dropped or pasted. */

import { byId } from "./dom.js";
import { decodePicture } from "./pictures.js";

/** The largest file of weights that is read, in MiB. */
const MAX_WEIGHTS = 256;

export class Files {
  constructor(app) {
    this.app = app;
    this.input = byId("file");
    this.input.addEventListener("change", () => {
      this.open([...this.input.files]);
      this.input.value = "";
    });
    addEventListener("dragover", (event) => event.preventDefault());
    addEventListener("drop", (event) => {
      event.preventDefault();
      this.open([...event.dataTransfer.files]);
    });
    addEventListener("paste", (event) => this.open([...event.clipboardData.files]));
  }

  choose() {
    this.input.click();
  }

  /** Open files, one after another; the first error is shown. */
  async open(files) {
    const errors = [];
    for (const file of files) {
      try {
        await this._openOne(file);
      } catch (error) {
        errors.push(`${file.name}: ${error.message}`);
      }
    }
    if (errors.length) this.app.say(errors[0], true);
  }

  async _openOne(file) {
    const { app } = this;
    if (/\.npz$/i.test(file.name)) {
      if (file.size > MAX_WEIGHTS << 20) throw new Error(`expected at most ${MAX_WEIGHTS} MiB of weights, found more`);
      const name = file.name.replace(/\.npz$/i, "");
      await app.add(name, file.size, new Uint8Array(await file.arrayBuffer()));
      app.use(app.networks.length - 1);
    } else {
      const picture = await decodePicture(file);
      if (app.line && app.server) picture.digits = await app.server.readLine(picture, file);
      else if (app.line) app.switchLine();
      app.drawing.show({ strokes: [], picture });
      app.say(`Opened ${file.name}`);
    }
  }
}
