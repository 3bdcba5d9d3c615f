/** Akun: who is signed in, what lies on this phone, who helps, practice, and the way out. */
import { useEffect, useState } from "preact/hooks";
import { go } from "../route";
import { stick } from "../store/stick";
import { bytes, Note, Screen, T, usePhone, useView } from "../ui";

const DAY = new Intl.DateTimeFormat("id-ID", { dateStyle: "long", timeZone: "Asia/Jakarta" });

export function Account() {
  const phone = usePhone();
  const view = useView();
  const [room, setRoom] = useState<StorageEstimate>();
  const [kept, setKept] = useState<boolean>();
  useEffect(() => {
    void navigator.storage?.estimate?.().then(setRoom);
    void navigator.storage?.persisted?.().then(setKept);
  }, []);
  const { officer } = view;
  const waiting = view.items.filter((item) => !item.receipt);
  const skew = Math.round(view.offset / 60_000);
  return (
    <Screen title={{ id: "Akun", en: "Account" }}>
      {view.trouble && (
        <Note kind="wrong">
          <T
            id={view.trouble.id || "Server tidak mengenali ponsel ini lagi."}
            en={view.trouble.en || "The server no longer knows this phone."}
            line
          />
          <p>
            <T
              id="Minta kode aktivasi baru dari PPS desa/kelurahan atau helpdesk KPU kabupaten/kota, lalu daftarkan lagi. Yang menunggu tetap aman dan dikirim sesudahnya."
              en="Ask PPS or the helpdesk of KPU kabupaten/kota for a new code and enrol again. What waits is safe and is sent afterwards."
              line
            />
          </p>
        </Note>
      )}
      <dl class="facts">
        <div>
          <dt>
            Akun{" "}
            <span class="en" lang="en">
              Account
            </span>
          </dt>
          <dd>{officer?.account}</dd>
        </div>
        <div>
          <dt>TPS</dt>
          <dd>{view.sheet?.place.slice().reverse().join(", ")}</dd>
        </div>
        {officer && (
          <div>
            <dt>
              Berlaku sampai{" "}
              <span class="en" lang="en">
                Valid until
              </span>
            </dt>
            <dd>{DAY.format(new Date(officer.until))}</dd>
          </div>
        )}
        <div>
          <dt>
            Di ponsel ini{" "}
            <span class="en" lang="en">
              On this phone
            </span>
          </dt>
          <dd>
            {view.items.filter((item) => item.kind === "photo" && !item.freed).length} foto, {bytes(room?.usage ?? 0)}
            {kept ? ", terlindung" : ""}
          </dd>
        </div>
        {Math.abs(skew) > 1 && (
          <div>
            <dt>
              Jam ponsel{" "}
              <span class="en" lang="en">
                Phone's clock
              </span>
            </dt>
            <dd>
              berbeda {Math.abs(skew)} menit dari server; tidak apa-apa{" "}
              <span class="en" lang="en">
                differs; that is fine
              </span>
            </dd>
          </div>
        )}
      </dl>
      <section>
        <h2>
          <T id="Tanpa internet sama sekali" en="No internet at all" />
        </h2>
        <p class="soft">
          <T
            id="Simpan yang menunggu ke satu berkas, bawa dengan flashdisk ke PPK. Tetap ditandatangani ponsel ini; PPK hanya meneruskan."
            en="Save what waits into one file and take it to PPK on a stick. It stays signed by this phone; PPK only passes it on."
            line
          />
        </p>
        <button class="button" type="button" disabled={!waiting.length || view.practice} onClick={() => void save()}>
          {waiting.length ? (
            <T id={`Simpan ${waiting.length} kiriman ke berkas`} en="Save to a file" line />
          ) : (
            <T id="Tidak ada yang menunggu" en="Nothing is waiting" line />
          )}
        </button>
      </section>
      {!view.practice && (
        <p>
          <a href="?latihan#/">
            <T id="Mode latihan" en="Practice mode" />
          </a>
        </p>
      )}
      <section>
        <h2>
          <T id="Keluar" en="Sign out" />
        </h2>
        <p class="soft">
          <T
            id="Yang menunggu tetap di ponsel ini dan tetap dikirim. Masuk lagi tidak butuh sinyal."
            en="What waits stays on this phone and is still sent. Signing in again needs no signal."
            line
          />
        </p>
        <button class="button" type="button" onClick={() => void phone.signOut().then(() => go("/"))}>
          <T id="Keluar" en="Sign out" />
        </button>
      </section>
    </Screen>
  );

  async function save(): Promise<void> {
    if (!officer) return;
    const file = await stick(officer, waiting, (id) => phone.photo(id));
    const link = document.createElement("a");
    link.href = URL.createObjectURL(file);
    link.download = `${officer.account}.suara`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  }
}
