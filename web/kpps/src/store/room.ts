/** Room on the phone: what to give back when there is none left. Only what the public log has is ever given back. */
import { freeable, type Item } from "../model/item";
import { isFull } from "./db";

/** There is no room, and nothing that may be given back. */
export class StorageFull extends Error {}

/** At least this much is made free at once, bytes. */
const STEP = 1_000_000;
const ROUNDS = 4;

/** Which photos to give back so that `wanted` bytes have room, oldest first. */
export function givenBack(items: readonly Item[], wanted: number): readonly Item[] {
  const chosen: Item[] = [];
  let room = 0;
  for (const item of freeable(items)) {
    if (room >= wanted) break;
    chosen.push(item);
    room += item.size;
  }
  return chosen;
}

/** A write of `size` bytes, tried again after each time that something was given back. Raises StorageFull. */
export async function withRoom<T>(
  write: () => Promise<T>,
  size: number,
  items: () => readonly Item[],
  giveBack: (item: Item) => Promise<void>,
): Promise<T> {
  for (let round = 0; ; round += 1) {
    try {
      return await write();
    } catch (error) {
      if (!isFull(error)) throw error;
      const spare = givenBack(items(), Math.max(size, STEP));
      if (!spare.length || round >= ROUNDS) throw new StorageFull();
      for (const item of spare) await giveBack(item);
    }
  }
}
