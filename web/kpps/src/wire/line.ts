/** How good the line is, learnt from what happened, and what follows from it: how much to put into one request, and how
 * long to wait for its answer. */

const SMALLEST = 16 * 1024;
const LARGEST = 8 * 1024 * 1024;
/** A request should be over within this many seconds, so that a cut costs little and progress is seen. */
const AIM = 30;
/** What is assumed of a line that has broken before anything was learnt, bytes a second. */
const POOR = 4_000;
/** Seconds that an answer may take beside the bytes themselves. */
const PATIENCE = 45;

export class Line {
  /** Bytes a second; undefined until something went through. */
  rate: number | undefined;
  private cuts = 0;
  /** Seconds that the request took which was cut last. */
  private lost: number | undefined;

  /** `bytes` were acknowledged after `seconds`. */
  through(bytes: number, seconds: number): void {
    this.weigh(bytes, seconds);
    this.cuts = 0;
    this.lost = undefined;
  }

  cut(seconds?: number): void {
    this.cuts = Math.min(this.cuts + 1, 8);
    this.lost = seconds;
  }

  /** The server turns out to have had `bytes` more than it could say before the cut. */
  arrived(bytes: number): void {
    if (this.lost && bytes > 0) this.weigh(bytes, this.lost);
    this.lost = undefined;
  }

  private weigh(bytes: number, seconds: number): void {
    const rate = bytes / Math.max(seconds, 0.001);
    this.rate = this.rate === undefined ? rate : 0.6 * this.rate + 0.4 * rate;
  }

  /** How much of `left` to send next: everything while the line is good, ever less while it keeps breaking. */
  chunk(left: number): number {
    if (!this.cuts && (this.rate === undefined || left / this.rate <= 2 * AIM)) return left;
    const wanted = ((this.rate ?? POOR) * AIM) / 2 ** Math.max(0, this.cuts - 1);
    return Math.min(left, Math.max(SMALLEST, Math.min(LARGEST, Math.round(wanted))));
  }

  /** Seconds of silence after which a request of so many bytes counts as lost. Phones take bytes from the app long
   * before they leave, so that silence alone says little. */
  patience(bytes: number): number {
    return PATIENCE + (2 * bytes) / Math.min(POOR, this.rate ?? POOR);
  }
}
