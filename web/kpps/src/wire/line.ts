/** How good the line is, learnt from what happened, and what follows from it: how much to put into one request. */

const SMALLEST = 16 * 1024;
const LARGEST = 8 * 1024 * 1024;
/** A request should be over within this many seconds, so that a cut costs little and progress is seen. */
const AIM = 30;

export class Line {
  /** Bytes a second; undefined until something went through. */
  rate: number | undefined;
  private cuts = 0;

  /** `bytes` were acknowledged after `seconds`. */
  through(bytes: number, seconds: number): void {
    const rate = bytes / Math.max(seconds, 0.001);
    this.rate = this.rate === undefined ? rate : 0.6 * this.rate + 0.4 * rate;
    this.cuts = 0;
  }

  cut(): void {
    this.cuts = Math.min(this.cuts + 1, 8);
  }

  /** How much of `left` to send next: everything while the line is good, ever less while it keeps breaking. */
  chunk(left: number): number {
    if (!this.cuts && (this.rate === undefined || left / this.rate <= 2 * AIM)) return left;
    const wanted = ((this.rate ?? SMALLEST) * AIM) / 2 ** this.cuts;
    return Math.min(left, Math.max(SMALLEST, Math.min(LARGEST, Math.round(wanted))));
  }
}
