/** One page's photo: taken or chosen, then judged. */
import { useState } from "preact/hooks";
import { eyeFor } from "../eye";
import { contestOf, pageOf, type Words } from "../model/sheet";
import type { Prepared } from "../vision";
import { Note, Screen, T, useView } from "../ui";
import { Verdict } from "./kept";
import { type Place, Viewfinder } from "./viewfinder";

export function PhotoScreen({ contestKey, number }: { contestKey: string; number: number }) {
  const { sheet } = useView();
  const contest = sheet && contestOf(sheet, contestKey);
  const page = sheet && pageOf(sheet, contestKey, number);
  if (!sheet || !contest || !page) return null;
  return <Photo key={`${contestKey}/${number}`} sheet={sheet} contest={contest} page={page} />;
}

function Photo({ sheet, contest, page }: Place) {
  const [taken, setTaken] = useState<Prepared>();
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState<Words>();
  const expected = { contest: contest.key, page: page.page };

  async function prepare(photo: Blob): Promise<void> {
    setBusy(true);
    setWrong(undefined);
    try {
      setTaken(await eyeFor(sheet).prepare(photo, expected));
    } catch {
      setWrong({
        id: "Berkas ini bukan foto yang dapat dibuka. Pilih foto lain (JPEG atau PNG).",
        en: "This file is no photo that can be opened. Choose another (JPEG or PNG).",
      });
    } finally {
      setBusy(false);
    }
  }

  const title = { id: `Halaman ${page.page} · ${contest.id}`, en: `Page ${page.page}, ${contest.en}` };
  return (
    <Screen title={title} back="#/" tight>
      {wrong && (
        <Note kind="wrong">
          <T {...wrong} line />
        </Note>
      )}
      {taken ? (
        <Verdict
          sheet={sheet}
          contest={contest}
          page={page}
          taken={taken}
          again={() => setTaken(undefined)}
          wrong={setWrong}
        />
      ) : (
        <Viewfinder sheet={sheet} contest={contest} page={page} busy={busy} take={prepare} />
      )}
    </Screen>
  );
}
