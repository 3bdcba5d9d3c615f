/** Tanda terima: the receipt as a QR for witnesses, with a plain sentence of what it proves. Works offline. */
import { contestOf } from "../model/sheet";
import { number } from "../model/sums";
import { Icon, Note, Screen, T, useFollowed, useView } from "../ui";
import { bare } from "../wire/proof";
import { payload, Qr } from "./qr";

const WHEN = new Intl.DateTimeFormat("id-ID", { dateStyle: "long", timeStyle: "short", timeZone: "Asia/Jakarta" });

export default function ReceiptScreen({ id }: { id: string }) {
  const view = useView();
  useFollowed();
  const item = view.items.find((one) => one.id === id);
  const receipt = item?.receipt;
  const title = { id: "Tanda terima", en: "Receipt" };
  if (!item || !receipt) {
    return (
      <Screen title={title} back="#/kiriman">
        <p class="empty">
          <T
            id="Belum ada tanda terima: kiriman ini belum sampai."
            en="There is no receipt yet: this has not arrived."
            line
          />
        </p>
      </Screen>
    );
  }
  const contest = view.sheet && contestOf(view.sheet, item.contest);
  const what =
    item.kind === "photo"
      ? { id: `foto halaman ${item.pages.join(", ")}`, en: `the photo of page ${item.pages.join(", ")}` }
      : { id: `angka halaman ${item.pages.join(", ")}`, en: `the figures of page ${item.pages.join(", ")}` };
  const when = `${WHEN.format(new Date(receipt.at))} WIB`;
  return (
    <Screen title={title} back="#/kiriman">
      <p class="lead">
        <b>
          {contest?.id}, {what.id}
        </b>
      </p>
      <Qr text={payload(receipt)} label={`Kode QR tanda terima nomor ${receipt.number}`} />
      <p class="prove">
        <T
          id={`Kode ini membuktikan bahwa ${what.id} dari TPS ${item.tps} sudah diterima server pada ${when} sebagai catatan nomor ${number(receipt.number)}, dan isinya tidak dapat diganti tanpa ketahuan.`}
          en={`This code proves that ${what.en} of TPS ${item.tps} arrived as entry ${number(receipt.number)}, and that its content cannot be replaced unnoticed.`}
          line
        />
      </p>
      {item.proof ? (
        <section>
          <h2>
            <Icon name="verified" /> <T id="Bukti catatan publik" en="Proof of the public log" />
          </h2>
          <Qr text={bare(item.proof)} label="Kode QR bukti catatan publik" />
          <p>
            <T
              id="Kode kedua: catatan ini ada di log publik, disaksikan pihak luar. Siapa pun dapat memeriksanya tanpa sinyal."
              en="The second code: the entry is in the public log, seen by outside witnesses. Anyone can check it offline."
              line
            />
          </p>
          <p class="soft small">
            <T
              id="Ponsel ini sudah menghitung ulang jalurnya, dari catatan ini sampai kepala log. Tanda tangan log dan saksi tidak diperiksa di ponsel."
              en="This phone has followed the path from the entry to the head of the log. It does not check the signatures of log and witnesses."
              line
            />
          </p>
        </section>
      ) : (
        <Note kind="plain">
          <T
            id="Bukti dari log publik biasanya menyusul dalam satu menit. Sampai saat itu foto tetap disimpan di ponsel ini."
            en="The proof from the public log usually follows within a minute. Until then the photo stays on this phone."
            line
          />
        </Note>
      )}
      <dl class="facts">
        <div>
          <dt>SHA-256</dt>
          <dd>
            <code>{receipt.sha256}</code>
          </dd>
        </div>
        <div>
          <dt>
            Nomor{" "}
            <span class="en" lang="en">
              Entry
            </span>
          </dt>
          <dd>
            {receipt.journal} · {number(receipt.number)}
          </dd>
        </div>
        {receipt.size > 0 && (
          <div>
            <dt>
              Ukuran{" "}
              <span class="en" lang="en">
                Size
              </span>
            </dt>
            <dd>{number(receipt.size)} bita</dd>
          </div>
        )}
      </dl>
    </Screen>
  );
}
