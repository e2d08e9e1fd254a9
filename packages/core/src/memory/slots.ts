/**
 * Where small buffers are: slots of slabs, one size of slot a slab, a power of two. A thousand digests of 32 bytes are a
 * thousand ArrayBuffers in one file.
 */

/** Alignment that every typed array is content with, and a cache line. */
const SLOT_BYTES_MIN = 64;
/** A larger buffer has a file of its own, which can be taken away when it has left the state. */
export const SLOT_BYTES_MAX: number = 8 * 1024;
const SLAB_SLOTS_MIN = 16;
const SLAB_BYTES_MIN: number = 64 * 1024;

export interface Slot<Slab> {
  readonly slab: Slab;
  readonly offsetBytes: number;
  readonly slotBytes: number;
}

export class Slots<Slab> {
  readonly #createSlab: (sizeBytes: number) => Slab;
  /** By their size. */
  readonly #free = new Map<number, Slot<Slab>[]>();

  constructor(createSlab: (sizeBytes: number) => Slab) {
    this.#createSlab = createSlab;
  }

  /** For so many bytes, `SLOT_BYTES_MAX` at most. Throws when a slab is needed and cannot be created. */
  take(sizeBytes: number): Slot<Slab> {
    let slotBytes = SLOT_BYTES_MIN;
    while (slotBytes < sizeBytes) slotBytes *= 2;
    const free = this.#freeOf(slotBytes);
    return free.pop() ?? this.#cutSlab(slotBytes, free);
  }

  /** Nobody uses it any more. */
  giveBack(slot: Slot<Slab>): void {
    this.#freeOf(slot.slotBytes).push(slot);
  }

  #freeOf(slotBytes: number): Slot<Slab>[] {
    let free = this.#free.get(slotBytes);
    if (free === undefined) this.#free.set(slotBytes, (free = []));
    return free;
  }

  /** Returns the first of its slots; the others are free. */
  #cutSlab(slotBytes: number, free: Slot<Slab>[]): Slot<Slab> {
    const sizeBytes = Math.max(SLAB_BYTES_MIN, slotBytes * SLAB_SLOTS_MIN);
    const slab = this.#createSlab(sizeBytes);
    for (let offsetBytes = sizeBytes - slotBytes; offsetBytes > 0; offsetBytes -= slotBytes) {
      free.push({ slab, offsetBytes, slotBytes });
    }
    return { slab, offsetBytes: 0, slotBytes };
  }
}
