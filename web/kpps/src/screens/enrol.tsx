/** The first screen: enrol this phone, once, with a signal; or sign in to an account it knows, without one. */
import { useState } from "preact/hooks";
import type { Words } from "../model/sheet";
import { StorageFull } from "../store/room";
import { Refused } from "../wire/enrol";
import { LineBroke } from "../wire/http";
import { Note, Screen, T, usePhone, useView } from "../ui";

function reason(error: unknown): Words {
  if (error instanceof Refused) return error.told;
  if (error instanceof StorageFull)
    return {
      id: "Penyimpanan ponsel penuh. Hapus foto atau aplikasi lain, lalu coba lagi.",
      en: "The phone's storage is full. Delete other photos or apps and try again.",
    };
  if (error instanceof LineBroke)
    return {
      id: "Tidak ada jawaban dari server. Pendaftaran butuh sinyal satu kali saja; coba lagi di tempat yang lebih baik.",
      en: "No answer from the server. Enrolment needs a signal once; try again where it is better.",
    };
  return {
    id: "Pendaftaran gagal. Coba lagi; bila tetap gagal, hubungi PPS atau helpdesk.",
    en: "Enrolment failed. Try again; if it keeps failing, ask PPS or the helpdesk.",
  };
}

export function Enrol() {
  const phone = usePhone();
  const view = useView();
  const [account, setAccount] = useState("");
  const [code, setCode] = useState("");
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState<Words>();

  async function enrol(event: Event): Promise<void> {
    event.preventDefault();
    setBusy(true);
    setWrong(undefined);
    try {
      await phone.enrol(account.trim(), code.trim());
    } catch (error) {
      setWrong(reason(error));
    } finally {
      setBusy(false);
    }
  }

  return (
    <Screen
      title={
        view.accounts.length
          ? { id: "Masuk", en: "Sign in" }
          : { id: "Daftarkan ponsel ini", en: "Enrol this phone: once, with a signal. Afterwards it works without." }
      }
    >
      {view.accounts.length > 0 && (
        <div class="kept">
          <h2>
            <T id="Terdaftar di ponsel ini" en="Enrolled on this phone" />
          </h2>
          {view.accounts.map((known) => (
            <button key={known} class="button primary" type="button" onClick={() => void phone.signIn(known)}>
              <T id={`Masuk sebagai ${known}`} en="works without a signal" line />
            </button>
          ))}
        </div>
      )}
      <form onSubmit={(event) => void enrol(event)}>
        {view.accounts.length > 0 && (
          <h2>
            <T id="Daftarkan ponsel ini" en="Enrol this phone" />
          </h2>
        )}
        <label for="akun">
          <T id="Nama akun" en="Account" />
        </label>
        <input
          id="akun"
          name="username"
          autocomplete="username"
          autocapitalize="none"
          spellcheck={false}
          required
          value={account}
          onInput={(event) => setAccount(event.currentTarget.value)}
          aria-describedby="akun-bantu"
        />
        <p class="hint" id="akun-bantu">
          Contoh: kpps-3201010001001-1. Tertera di surat tugas.{" "}
          <span class="en" lang="en">
            As printed on your letter of duty.
          </span>
        </p>
        <label for="kode">
          <T id="Kode aktivasi" en="Activation code" />
        </label>
        <input
          id="kode"
          name="code"
          autocomplete="one-time-code"
          autocapitalize="characters"
          spellcheck={false}
          required
          value={code}
          onInput={(event) => setCode(event.currentTarget.value)}
          aria-describedby="kode-bantu"
        />
        <p class="hint" id="kode-bantu">
          Berlaku satu kali.{" "}
          <span class="en" lang="en">
            Works once.
          </span>
        </p>
        {wrong && (
          <Note kind="wrong">
            <T {...wrong} line />
          </Note>
        )}
        <button class="button primary" disabled={busy}>
          {busy ? <T id="Mendaftarkan…" en="Enrolling…" /> : <T id="Daftarkan" en="Enrol" />}
        </button>
      </form>
      <details class="help">
        <summary>
          <T id="Ponsel ini dulu sudah terdaftar?" en="Was this phone enrolled before?" />
        </summary>
        <p>
          <T
            id="Kunci ponsel tersimpan di peramban ini. Bila data peramban dihapus atau ponsel diganti, kunci itu hilang dan tidak dapat dipulihkan. Minta kode baru dari PPS desa/kelurahan Anda; bila PPS tidak dapat dihubungi, dari helpdesk KPU kabupaten/kota. Kode lama tidak berlaku lagi."
            en="The phone's key is kept in this browser. If the browser's data were deleted or the phone replaced, the key is gone. Ask your PPS for a new code; if they cannot be reached, the helpdesk of KPU kabupaten/kota. The old code no longer works."
            line
          />
        </p>
      </details>
      <p class="practice-link">
        <a href="?latihan#/">
          <T id="Mode latihan" en="Practice mode" />
        </a>{" "}
        <span class="soft small">
          tanpa akun, tidak ada yang dikirim{" "}
          <span class="en" lang="en">
            no account, nothing is sent
          </span>
        </span>
      </p>
    </Screen>
  );
}
