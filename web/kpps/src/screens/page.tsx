/** One page: what was made of it, what became of it, and what may still be done. */
import { row } from "../model/checklist";
import type { Item } from "../model/item";
import { contestOf, draftKey, fieldOf, keyedFields, pageOf, type Contest, type Page } from "../model/sheet";
import { type BlockStatus, decided, faultOf, machine, photoHelps, stateOf, STATES, unreadable } from "../model/status";
import { Icon, Note, Screen, State, T, useFollowed, usePhone, useView } from "../ui";
import { FieldCrop, useOpened } from "./crop";

export function PageScreen({ contestKey, number }: { contestKey: string; number: number }) {
  const view = useView();
  useFollowed();
  const contest = view.sheet && contestOf(view.sheet, contestKey);
  const page = view.sheet && pageOf(view.sheet, contestKey, number);
  if (!contest || !page) return null;
  const here = row(contest, page, view.items, view.drafts, view.status);
  const place = `${contest.key}/${page.page}`;
  const fates = decided(view.status, contest.key, [page]).filter((one) => one.state !== "awaited");
  const others = contest.pages.filter((one) => one !== page && faultOf(view.status, contest.key, one.page));
  const marked = here.photo?.verdict && here.photo.verdict !== "ok";
  return (
    <Screen title={{ id: `Halaman ${page.page} · ${contest.id}`, en: `Page ${page.page}, ${contest.en}` }} back="#/">
      <p class="soft">
        <T {...page} />
      </p>
      <ul class="steps">
        <Step
          name="camera"
          label={{ id: "Foto", en: "Photo" }}
          item={here.photo}
          todo={`#/foto/${place}`}
          again={{ id: "Foto ulang", en: "New photo" }}
        />
        <Step
          name="keys"
          label={{ id: here.wanted ? `Angka (${here.keyed} dari ${here.wanted})` : "Angka", en: "Figures" }}
          item={here.reading}
          todo={`#/angka/${place}${here.keyed === here.wanted ? "/periksa" : ""}`}
          again={{ id: "Ubah angka", en: "Change figures" }}
        />
      </ul>
      {here.sent && !here.photo && (
        <p class="soft">
          <T
            id="Halaman ini sudah dikirim petugas lain TPS ini. Foto Anda tidak wajib, dan tidak merugikan."
            en="The other officer of this TPS has sent this page. A photo of yours is not required, and does no harm."
            line
          />
        </p>
      )}
      {marked && !here.fault && here.state !== "counted" && (
        <Note kind="held">
          <T
            id="Foto ini disimpan dengan tanda kurang baik. Foto baru menggantikannya."
            en="This photo was kept though it was marked. A new one replaces it."
            line
          />
        </Note>
      )}
      {contest.candidates === "confirmed" && <Confirm contest={contest} page={page} photo={here.photo} />}
      {here.fault && (
        <section class="fate">
          <Note kind="held">
            <T {...here.fault} line />
          </Note>
          <a class="button primary" href={`#/foto/${place}`}>
            <T id="Ambil foto baru" en="Take a new photo" />
          </a>
        </section>
      )}
      {fates.map((fate) => (
        <Fate key={fate.block} fate={fate} contest={contest} place={place} retake={!!here.fault} others={others} />
      ))}
      {here.photo?.receipt && !fates.length && (
        <p class="soft">
          <T
            id="Sudah diterima. Apa yang dibaca mesin dan apakah dihitung akan tampil di sini."
            en="Received. What the machine read, and whether it counts, will show here."
            line
          />
        </p>
      )}
    </Screen>
  );
}

function Step({
  name,
  label,
  item,
  todo,
  again,
}: {
  name: string;
  label: { id: string; en: string };
  item: Item | undefined;
  todo: string;
  again: { id: string; en: string };
}) {
  return (
    <li>
      <Icon name={name} />
      <span class="grow">
        <b>
          <T {...label} />
        </b>
        <span class="soft small">
          <Said item={item} />
        </span>
      </span>
      <span class="pair">
        {item?.receipt && (
          <a class="button small" href={`#/bukti/${item.id}`}>
            Tanda terima
          </a>
        )}
        <a class="button small" href={todo}>
          {item ? again.id : "Mulai"}
        </a>
      </span>
    </li>
  );
}

function Said({ item }: { item: Item | undefined }) {
  const { sheet, status } = useView();
  if (!item) return <T id="belum ada" en="none yet" />;
  if (item.state === "made") return <T id="aman di ponsel, menunggu dikirim" en="safe on the phone, waiting" />;
  if (item.state === "refused") return <T id={`ditolak: ${item.fault?.id ?? ""}`} en="refused" />;
  const name = stateOf(status, sheet && contestOf(sheet, item.contest), item);
  return (
    <>
      <State name={name} words={STATES[name] ?? { id: name, en: name }} />
      {item.state === "proved" && (
        <>
          , <T id="tercatat di log publik" en="in the public log" />
        </>
      )}
    </>
  );
}

/** A block's standing. `retake`: the page's own photo is at fault, and the button for a new one stands above; `others`: pages whose are. */
function Fate({
  fate,
  contest,
  place,
  retake,
  others,
}: {
  fate: BlockStatus;
  contest: Contest;
  place: string;
  retake: boolean;
  others: readonly Page[];
}) {
  const differs = Object.entries(fate.read ?? {}).filter(
    ([name, read]) => fate.figures && name in fate.figures && fate.figures[name] !== read,
  );
  return (
    <section class="fate">
      <h2>
        <State name={fate.state} words={STATES[fate.state] ?? { id: fate.state, en: fate.state }} />
      </h2>
      {fate.reasons.map((reason) => (
        <Note key={`${reason.code} ${reason.id}`} kind="held">
          <T {...reason} line />
        </Note>
      ))}
      {differs.length > 0 && (
        <>
          <p>
            <T
              id={`Mesin membaca ${differs.length} angka lain daripada yang diketik:`}
              en={`What the machine read otherwise (${differs.length}):`}
              line
            />
          </p>
          <ul class="differ">
            {differs.map(([name, read]) => (
              <li key={name}>
                {fieldOf(contest, name)?.id ?? name}: diketik <b>{fate.figures?.[name] ?? "–"}</b>, mesin{" "}
                <b>{read ?? "–"}</b>
              </li>
            ))}
          </ul>
        </>
      )}
      {fate.state === "held" &&
        !retake &&
        (fate.reasons.some(({ code }) => unreadable(code)) ? (
          <p class="soft">
            {others.length ? (
              <T
                id={`Yang perlu difoto ulang: halaman ${others.map((one) => one.page).join(", ")}.`}
                en={`To be photographed again: page ${others.map((one) => one.page).join(", ")}.`}
                line
              />
            ) : (
              <T
                id="Foto yang lebih baru sudah diterima dan sedang dibaca."
                en="A newer photo has been received and is being read."
                line
              />
            )}
          </p>
        ) : photoHelps(fate.reasons) ? (
          <a class="button primary" href={`#/foto/${place}`}>
            <T id="Foto baru dapat membantu" en="A new photo may help" line />
          </a>
        ) : (
          <p class="soft">
            <T
              id="Diputuskan oleh KPU kabupaten/kota. Foto baru tidak diperlukan; bila Anda salah ketik, ubah angkanya."
              en="KPU kabupaten/kota decides. No new photo is needed; if you mistyped, change the figures."
              line
            />
          </p>
        ))}
    </section>
  );
}

/** Candidates' figures as the machine read them, to be confirmed against the photo: marked as not independent. */
function Confirm({ contest, page, photo }: { contest: Contest; page: Page; photo: Item | undefined }) {
  const phone = usePhone();
  const view = useView();
  const opened = useOpened(photo?.id);
  const draft = view.drafts[draftKey(contest)] ?? phone.draft(contest);
  const read = machine(view.status, contest.key);
  const keyed = new Set(keyedFields(contest, page));
  const open = page.fields.filter(
    (field) => !keyed.has(field) && draft.figures[field.name] === undefined && read[field.name] !== undefined,
  );
  if (!open.length) return null;

  async function confirm(): Promise<void> {
    const figures = Object.fromEntries(open.map((field) => [field.name, read[field.name] ?? null]));
    await phone.keepDraft(contest, {
      figures: { ...draft.figures, ...figures },
      confirmed: [...new Set([...draft.confirmed, ...Object.keys(figures)])],
    });
    await phone.submit(contest, page.page);
  }

  return (
    <section>
      <h2>
        <T id="Cocokkan bacaan mesin" en="Confirm the machine's reading" />
      </h2>
      <p class="soft small">
        <T
          id="Angka calon dibaca mesin. Cocokkan dengan foto; yang tidak cocok, ketik sendiri."
          en="Candidates' figures were read by the machine. Compare with the photo; key in those that differ."
          line
        />
      </p>
      <ul class="items">
        {open.map((field) => (
          <li key={field.name}>
            <span>
              {field.id} <b>{read[field.name] ?? "tak terbaca"}</b>{" "}
              <a class="quiet" href={`#/angka/${contest.key}/${page.page}/${field.name}`}>
                Ketik sendiri
              </a>
            </span>
            <FieldCrop photo={opened} field={field} size={contest.size} />
          </li>
        ))}
      </ul>
      <button class="button primary" type="button" onClick={() => void confirm()}>
        <T id={`${open.length} angka ini cocok`} en="These figures agree" line />
      </button>
    </section>
  );
}
