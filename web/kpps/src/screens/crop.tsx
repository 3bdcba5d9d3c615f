/** A number as it stands in the photo, cut out upright beside where it is keyed. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { Field } from "../model/sheet";
import type { Photo } from "../store/db";
import { fieldCrop, type Rect } from "../vision";
import { T, usePhone } from "../ui";

/** A photo with its picture decoded; one at a time, a page is some 15 MB of pixels. */
export interface Opened extends Photo {
  readonly picture: ImageBitmap;
}

/** The photo under this id, decoded; null while there is none. */
export function useOpened(id: string | undefined): Opened | null | undefined {
  const phone = usePhone();
  const [opened, set] = useState<Opened | null>();
  useEffect(() => {
    let gone = false;
    let made: ImageBitmap | undefined;
    set(id === undefined ? null : undefined);
    if (id === undefined) return;
    void (async () => {
      const photo = await phone.photo(id);
      const picture =
        photo?.bytes &&
        (await createImageBitmap(new Blob([photo.bytes], { type: "image/jpeg" })).catch(() => undefined));
      if (gone) return picture?.close();
      made = picture;
      set(photo && picture ? { ...photo, picture } : null);
    })();
    return () => {
      gone = true;
      made?.close();
    };
  }, [id]);
  return opened;
}

/** The boxes of a number with what stands around them, mm. */
export function around(field: Field): Rect {
  const x0 = Math.min(...field.boxes.map((box) => box[0]));
  const y0 = Math.min(...field.boxes.map((box) => box[1]));
  const x1 = Math.max(...field.boxes.map((box) => box[2]));
  const y1 = Math.max(...field.boxes.map((box) => box[3]));
  const height = y1 - y0;
  const side = Math.max(height * 0.5, (height * 6 - (x1 - x0)) / 2);
  return [x0 - side, y0 - height * 0.35, x1 + side, y1 + height * 0.35];
}

export function FieldCrop({
  photo,
  field,
  size,
}: {
  photo: Opened | null | undefined;
  field: Field;
  size: readonly [number, number];
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const rect = around(field);
  const crop = photo ? fieldCrop(photo.sight, rect, size, 640 / (rect[2] - rect[0])) : null;
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context || !crop || !photo || !canvas.current) return;
    canvas.current.width = crop.width;
    canvas.current.height = crop.height;
    context.fillStyle = "#f4f5f6";
    context.fillRect(0, 0, crop.width, crop.height);
    context.setTransform(...crop.transform);
    context.drawImage(photo.picture, 0, 0);
  }, [photo, field.name]);
  if (photo === undefined)
    return (
      <div class="crop crop-empty">
        <T id="Membuka foto…" en="Opening the photo…" />
      </div>
    );
  if (!photo)
    return (
      <div class="crop crop-empty">
        <T
          id="Belum ada foto halaman ini; ketik dari kertasnya."
          en="No photo of this page yet; key from the paper."
          line
        />
      </div>
    );
  if (!crop)
    return (
      <div class="crop crop-empty">
        <T
          id="Angka tidak ditemukan pada foto; ketik dari kertasnya."
          en="The figure was not found in the photo; key from the paper."
          line
        />
      </div>
    );
  return (
    <canvas
      class="crop"
      ref={canvas}
      width={crop.width}
      height={crop.height}
      role="img"
      aria-label={`Potongan foto: ${field.id}`}
    />
  );
}
