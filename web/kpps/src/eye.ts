/** One eye for the whole app, made when a photo is first taken: it knows the pages of every contest of this TPS. */
import { createEye, type Eye } from "./vision";
import { type Sheet, tagsOf } from "./model/sheet";

let open: { readonly tps: string; readonly eye: Eye } | undefined;

export function eyeFor(sheet: Sheet): Eye {
  if (open?.tps !== sheet.tps) {
    open?.eye.close();
    open = { tps: sheet.tps, eye: createEye(tagsOf(sheet)) };
  }
  return open.eye;
}
