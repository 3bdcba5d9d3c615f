/** The eye's worker: one question after the other, each answered under its number. */

import { look } from "./look";
import { prepare } from "./prepare";
import { NotAPhoto, taken } from "./raster";
import type { Answer, Question } from "./line";
import type { PageTag } from "./types";

let pages: readonly PageTag[] = [];

async function answered(question: Question): Promise<unknown> {
  switch (question.kind) {
    case "pages":
      pages = question.pages;
      return null;
    case "look": {
      const { frame } = question;
      return look(frame instanceof ImageData ? frame : taken(frame), pages, question.expected, true);
    }
    case "prepare":
      return prepare(question.photo, pages, question.expected);
  }
}

self.onmessage = async ({ data }: MessageEvent<Question>) => {
  let answer: Answer;
  try {
    answer = { number: data.number, value: await answered(data) };
  } catch (error) {
    answer = { number: data.number, error: error instanceof NotAPhoto ? error.code : String(error) };
  }
  self.postMessage(answer);
};
