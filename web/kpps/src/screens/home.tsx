/** Home: a checklist. One row a page still to send, its state in words and one button. */
import { checklist, nextToDo, type Row } from "../model/checklist";
import { type Contest, versionOf, type Words } from "../model/sheet";
import { STATES } from "../model/status";
import { Icon, Screen, State, T, useFollowed, useView } from "../ui";

const BUTTON: Readonly<Record<string, Words>> = {
  photo: { id: "Foto", en: "Photo" },
  retake: { id: "Foto ulang", en: "New photo" },
  figures: { id: "Angka", en: "Figures" },
  mend: { id: "Lihat", en: "See" },
};

function said(row: Row): Words {
  switch (row.need) {
    case "photo":
      return row.sent
        ? { id: "belum difoto di sini; sudah dikirim petugas lain", en: "not here; sent by the other officer" }
        : { id: "belum difoto", en: "no photo yet" };
    case "figures":
      if (row.keyed)
        return { id: `${row.keyed} dari ${row.wanted} angka`, en: `${row.keyed} of ${row.wanted} figures` };
      return { id: "difoto, angka belum", en: "photo taken, no figures yet" };
    case "send":
      return { id: "menunggu dikirim", en: "waiting to be sent" };
    case "mend":
      return { id: "ditolak, perlu dilihat", en: "refused, please look" };
    case "retake":
      return { id: "foto tidak terbaca, perlu difoto ulang", en: "the photo cannot be read, take a new one" };
    case "done":
      return STATES[row.state ?? "received"] ?? { id: "diterima", en: "received" };
  }
}

function href(row: Row): string {
  const place = `${row.contest.key}/${row.page.page}`;
  return row.need === "photo" || row.need === "retake" ? `#/foto/${place}` : row.need === "figures" ? `#/angka/${place}` : `#/halaman/${place}`;
}

function PageRow({ row }: { row: Row }) {
  const button = BUTTON[row.need];
  const name = `halaman ${row.page.page}, ${row.contest.id}`;
  return (
    <li class={`page need-${row.need}`}>
      <a class="what" href={`#/halaman/${row.contest.key}/${row.page.page}`}>
        <b>{row.page.page}</b> <T {...row.page} />
      </a>
      <span class="soft small">
        {row.need === "done" ? <State name={row.state ?? "received"} words={said(row)} /> : <T {...said(row)} />}
      </span>
      {button && (
        <a class="button small" href={href(row)}>
          {button.id}
          <span class="hidden"> {name}</span>
        </a>
      )}
    </li>
  );
}

function ContestPart({ contest, rows, open }: { contest: Contest; rows: readonly Row[]; open: boolean }) {
  const left = rows.filter((row) => row.need !== "done");
  const done = rows.length - left.length;
  return (
    <details class="contest" open={open}>
      <summary>
        <h2>
          <T {...contest} />
        </h2>
        <span class="soft small">
          {left.length ? `${done} dari ${rows.length} halaman diterima` : "semua diterima"}
        </span>
      </summary>
      {contest.ground && (
        <p class="note">
          <T
            id={`Versi ${versionOf(contest)}: ${contest.ground.id}, ${contest.ground.order}. Foto dan ketik dari awal.`}
            en={`Version ${versionOf(contest)}: ${contest.ground.en}. Photograph and key in anew.`}
            line
          />
        </p>
      )}
      <ul class="pages">
        {left.map((row) => (
          <PageRow key={row.page.page} row={row} />
        ))}
      </ul>
      {done > 0 && (
        <details class="done">
          <summary>
            {done} halaman sudah diterima{" "}
            <span class="en" lang="en">
              received
            </span>
            {fates(rows)}
          </summary>
          <ul class="pages">
            {rows
              .filter((row) => row.need === "done")
              .map((row) => (
                <PageRow key={row.page.page} row={row} />
              ))}
          </ul>
        </details>
      )}
    </details>
  );
}

/** How many of the received pages are counted, and how many held. */
function fates(rows: readonly Row[]) {
  return ["counted", "held"].map((name) => {
    const many = rows.filter((row) => row.need === "done" && row.state === name).length;
    const words = STATES[name] ?? { id: name, en: name };
    return many ? [", ", <State key={name} name={name} words={{ id: `${many} ${words.id}`, en: words.en }} />] : null;
  });
}

const ACTION: Readonly<Record<string, (row: Row) => Words>> = {
  photo: ({ page, contest }) => ({
    id: `Foto halaman ${page.page}, ${contest.id}`,
    en: `Photograph page ${page.page}, ${contest.en}`,
  }),
  figures: ({ page, contest }) => ({
    id: `Ketik angka halaman ${page.page}, ${contest.id}`,
    en: `Key in page ${page.page}, ${contest.en}`,
  }),
  retake: ({ page, contest }) => ({
    id: `Foto ulang halaman ${page.page}, ${contest.id}`,
    en: `New photo of page ${page.page}, ${contest.en}`,
  }),
  mend: ({ page, contest }) => ({
    id: `Lihat halaman ${page.page}, ${contest.id}`,
    en: `Look at page ${page.page}, ${contest.en}`,
  }),
};

export function Home() {
  const view = useView();
  useFollowed();
  if (!view.sheet) {
    return (
      <Screen title={{ id: "Formulir", en: "Forms" }}>
        <p class="empty">
          <T
            id="Daftar formulir TPS ini belum ada di ponsel. Cari sinyal, lalu buka lagi."
            en="This phone does not have the list of forms yet. Find a signal and open the app again."
            line
          />
        </p>
      </Screen>
    );
  }
  const rows = checklist(view.sheet, view.items, view.drafts, view.status);
  const next = nextToDo(rows);
  const done = rows.filter((row) => row.need === "done").length;
  const title = { id: `TPS ${view.sheet.tps.slice(-3)}`, en: "" };
  return (
    <Screen title={title}>
      <p class="soft place">{view.sheet.place.slice().reverse().join(", ")}</p>
      <p class="lead">
        <strong>{done}</strong> dari {rows.length} halaman diterima{" "}
        <span class="en line" lang="en">
          {done} of {rows.length} pages received
        </span>
      </p>
      <progress class="bar" value={done} max={rows.length} aria-label="Halaman diterima" />
      {next ? (
        <a class="button primary" href={href(next)}>
          <Icon name={next.need === "figures" ? "keys" : next.need === "mend" ? "warn" : "camera"} />
          <span>
            <T {...(ACTION[next.need]?.(next) ?? { id: "", en: "" })} line />
          </span>
        </a>
      ) : (
        <p class="empty">
          {done < rows.length ? (
            <T
              id="Tidak ada lagi yang harus dikerjakan. Biarkan aplikasi terbuka sampai semua diterima."
              en="Nothing is left to do. Leave the app open until everything is received."
              line
            />
          ) : (
            <T
              id="Semua halaman sudah diterima. Apakah sudah dihitung, terlihat di bawah ini."
              en="Every page has been received. Whether it counts is shown below."
              line
            />
          )}
        </p>
      )}
      {view.sheet.contests.map((contest) => (
        <ContestPart
          key={contest.key}
          contest={contest}
          rows={rows.filter((row) => row.contest === contest)}
          open={contest === (next?.contest ?? contest)}
        />
      ))}
    </Screen>
  );
}
