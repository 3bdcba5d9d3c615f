/** What lies on the phone, in IndexedDB: officers with their keys, the queue, photos, figures being keyed, reference data.
 *
 * Photos are kept as ArrayBuffers: Safari has lost Blobs of IndexedDB. Practice has a database of its own.
 */
import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import type { Sight } from "../vision";
import type { Draft } from "../model/checklist";
import type { Item } from "../model/item";
import type { DeviceKey } from "../wire/key";

/** Somebody enrolled on this phone. */
export interface Officer {
  readonly account: string;
  readonly tps: string;
  readonly role: string;
  readonly key: DeviceKey;
  readonly certificate: string;
  /** Until when the certificate is good (ms, the server's time). */
  readonly until: number;
}

export interface Photo {
  readonly id: string;
  /** Undefined once given back to make room. */
  readonly bytes?: ArrayBuffer;
  readonly width: number;
  readonly height: number;
  readonly sight: Sight;
}

interface Shape extends DBSchema {
  officers: { key: string; value: Officer };
  items: { key: string; value: Item };
  photos: { key: string; value: Photo };
  drafts: { key: string; value: Draft };
  known: { key: string; value: unknown };
}

export type Database = IDBPDatabase<Shape>;

export function open(name: string): Promise<Database> {
  return openDB<Shape>(name, 1, {
    upgrade(db) {
      db.createObjectStore("officers", { keyPath: "account" });
      db.createObjectStore("items", { keyPath: "id" });
      db.createObjectStore("photos", { keyPath: "id" });
      db.createObjectStore("drafts");
      db.createObjectStore("known");
    },
  });
}

/** Whether a failure means that the phone has no room left. */
export function isFull(error: unknown): boolean {
  return error instanceof DOMException && error.name === "QuotaExceededError";
}
