/** Kiriman: everything made on this phone and where it is; progress in bytes; can be closed at any time. */
import { order, type Item } from "../model/item";
import { contestOf, type Words } from "../model/sheet";
import { fateOf, stateOf, STATES } from "../model/status";
import { bytes, Note, Screen, State, T, useFollowed, usePhone, useView } from "../ui";

function what(item: Item): Words {
  const pages = item.pages.join(", ");
  return item.kind === "photo"
    ? { id: `Foto halaman ${pages}`, en: `Photo, page ${pages}` }
    : { id: `Angka halaman ${pages}`, en: `Figures, page ${pages}` };
}

function Waiting({ item, sent }: { item: Item; sent: number | undefined }) {
  const { sheet } = useView();
  const done = Math.max(item.offset, sent ?? 0);
  return (
    <li>
      <div class="between">
        <span>
          <b>{what(item).id}</b> <span class="soft">{sheet && contestOf(sheet, item.contest)?.id}</span>
        </span>
        <span class="soft n">
          {item.kind === "photo" ? `${bytes(done)} dari ${bytes(item.size)}` : bytes(item.size)}
        </span>
      </div>
      {item.kind === "photo" && (
        <progress class="bar" value={done} max={item.size} aria-label={`${what(item).id}: terkirim`} />
      )}
      <p class="soft small">
        {sent !== undefined ? (
          <T id="sedang dikirim" en="being sent" />
        ) : item.failures ? (
          <T id={`tertunda, dicoba lagi sendiri (${item.failures} kali gagal)`} en="delayed, tried again by itself" />
        ) : (
          <T id="menunggu giliran, aman di ponsel ini" en="waiting, safe on this phone" />
        )}
      </p>
    </li>
  );
}

function Refused({ item }: { item: Item }) {
  const phone = usePhone();
  return (
    <li>
      <b>{what(item).id}</b> <span class="soft">{item.contest}</span>
      <Note kind="wrong">
        <T
          id={item.fault?.id || "Server menolak kiriman ini."}
          en={item.fault?.en || "The server refused this."}
          line
        />
        <code class="small">{item.fault?.code}</code>
      </Note>
      <div class="actions">
        <a
          class="button"
          href={
            item.kind === "photo"
              ? `#/foto/${item.contest}/${item.pages[0]}`
              : `#/angka/${item.contest}/${item.pages[0]}/periksa`
          }
        >
          {item.kind === "photo" ? (
            <T id="Foto ulang" en="New photo" />
          ) : (
            <T id="Periksa angka" en="Check the figures" />
          )}
        </a>
        <button class="button" type="button" onClick={() => void phone.again(item.id)}>
          <T id="Coba kirim lagi" en="Try again" />
        </button>
      </div>
    </li>
  );
}

function Arrived({ item }: { item: Item }) {
  const { sheet, status } = useView();
  const contest = sheet && contestOf(sheet, item.contest);
  const name = stateOf(status, contest, item);
  const why = fateOf(status, item)?.why;
  return (
    <li class="between">
      <a href={`#/bukti/${item.id}`}>
        {what(item).id} <span class="soft">{contest?.id}</span>
      </a>
      <State name={name} words={STATES[name] ?? { id: name, en: name }} />
      {why && (
        <p class="why small">
          <T {...why} line />
        </p>
      )}
    </li>
  );
}

export function Sent() {
  const phone = usePhone();
  useFollowed();
  const view = useView();
  const waiting = view.items.filter((item) => item.state === "made").sort(order);
  const refused = view.items.filter((item) => item.state === "refused");
  const arrived = view.items.filter((item) => item.receipt).sort((a, b) => b.made - a.made);
  const title = { id: "Kiriman", en: "Sent" };
  if (!view.items.length) {
    return (
      <Screen title={title}>
        <p class="empty">
          <T
            id="Belum ada yang dibuat. Foto atau angka yang Anda simpan muncul di sini dan terkirim sendiri."
            en="Nothing has been made yet. Photos and figures you keep appear here and are sent by themselves."
            line
          />
        </p>
      </Screen>
    );
  }
  return (
    <Screen title={title}>
      {refused.length > 0 && (
        <section>
          <h2>
            <T id="Ditolak" en="Refused" />
          </h2>
          <ul class="items">
            {refused.map((item) => (
              <Refused key={item.id} item={item} />
            ))}
          </ul>
        </section>
      )}
      {waiting.length > 0 && (
        <section>
          <h2>
            <T id={`Menunggu (${waiting.length})`} en="Waiting" />
          </h2>
          <p class="soft small">
            <T
              id="Terkirim sendiri selama aplikasi terbuka. Boleh ditutup: tidak ada yang hilang, dan dilanjutkan saat dibuka lagi."
              en="Sent by itself while the app is open. You may close it: nothing is lost, and it goes on when opened again."
              line
            />
          </p>
          <ul class="items">
            {waiting.map((item) => (
              <Waiting key={item.id} item={item} sent={view.sending?.id === item.id ? view.sending.bytes : undefined} />
            ))}
          </ul>
          <button class="button" type="button" onClick={() => phone.hurry()}>
            <T id="Coba kirim sekarang" en="Try to send now" />
          </button>
        </section>
      )}
      {arrived.length > 0 && (
        <section>
          <h2>
            <T id={`Diterima (${arrived.length})`} en="Received" />
          </h2>
          <ul class="items tight">
            {arrived.map((item) => (
              <Arrived key={item.id} item={item} />
            ))}
          </ul>
        </section>
      )}
    </Screen>
  );
}
