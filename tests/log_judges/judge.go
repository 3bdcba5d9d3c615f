// Reads a log as golang.org/x/mod/sumdb does: the note, every hash tile under its root, every entry, and the proofs
// that were handed out. Prints why and ends with 1 where anything is not as it should be.
//
//	judge FOLDER KEY ASKED.json
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

type asked struct {
	Proofs []struct {
		Index  int64
		Entry  []byte
		Hashes [][]byte
	}
	Grown []struct {
		Old    int64
		Root   []byte
		Hashes [][]byte
	}
}

type files struct{ folder string }

func (files) Height() int                      { return height }
func (files) SaveTiles([]tlog.Tile, [][]byte) {}
func (f files) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	found := make([][]byte, len(tiles))
	for i, tile := range tiles {
		// sumdb names the height of its tiles, which C2SP fixes at 8.
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		data, err := os.ReadFile(filepath.Join(f.folder, path))
		if err != nil {
			return nil, err
		}
		found[i] = data
	}
	return found, nil
}

func main() {
	if err := judge(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("accepted")
}

func judge(folder, key, wanted string) error {
	head, err := opened(folder, key)
	if err != nil {
		return err
	}
	reader := tlog.TileHashReader(head, files{folder})
	if err := entries(folder, head, reader); err != nil {
		return err
	}
	text, err := os.ReadFile(wanted)
	if err != nil {
		return err
	}
	var told asked
	if err := json.Unmarshal(text, &told); err != nil {
		return err
	}
	return proofs(told, head, reader)
}

func opened(folder, key string) (tlog.Tree, error) {
	verifier, err := note.NewVerifier(key)
	if err != nil {
		return tlog.Tree{}, err
	}
	text, err := os.ReadFile(filepath.Join(folder, "checkpoint"))
	if err != nil {
		return tlog.Tree{}, err
	}
	signed, err := note.Open(text, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(signed.Text, "\n")
	if lines[0] != verifier.Name() {
		return tlog.Tree{}, fmt.Errorf("another log: %q", lines[0])
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

func entries(folder string, head tlog.Tree, reader tlog.HashReader) error {
	for start := int64(0); start < head.N; start += 1 << height {
		width := min(head.N-start, 1<<height)
		indexes := make([]int64, width)
		for i := range indexes {
			indexes[i] = tlog.StoredHashIndex(0, start+int64(i))
		}
		hashes, err := reader.ReadHashes(indexes)
		if err != nil {
			return err
		}
		tile := tlog.Tile{H: height, L: 0, N: start >> height, W: int(width)}
		path := strings.Replace(tile.Path(), "tile/8/0/", "tile/entries/", 1)
		data, err := os.ReadFile(filepath.Join(folder, path))
		if err != nil {
			return err
		}
		for i, hash := range hashes {
			if len(data) < 2 {
				return fmt.Errorf("entry %d is missing", start+int64(i))
			}
			size := 2 + int(binary.BigEndian.Uint16(data))
			if len(data) < size {
				return fmt.Errorf("entry %d is cut off", start+int64(i))
			}
			if tlog.RecordHash(data[2:size]) != hash {
				return fmt.Errorf("entry %d is not what was logged", start+int64(i))
			}
			data = data[size:]
		}
		if len(data) != 0 {
			return fmt.Errorf("bytes beyond the entries from %d", start)
		}
	}
	return nil
}

func proofs(told asked, head tlog.Tree, reader tlog.HashReader) error {
	for _, one := range told.Proofs {
		found := tlog.RecordProof(hashes(one.Hashes))
		if err := tlog.CheckRecord(found, head.N, head.Hash, one.Index, tlog.RecordHash(one.Entry)); err != nil {
			return fmt.Errorf("entry %d: %w", one.Index, err)
		}
		own, err := tlog.ProveRecord(head.N, one.Index, reader)
		if err != nil {
			return err
		}
		if len(own) != len(found) {
			return fmt.Errorf("entry %d: a proof of another length", one.Index)
		}
		for i := range own {
			if own[i] != found[i] {
				return fmt.Errorf("entry %d: another proof", one.Index)
			}
		}
	}
	for _, one := range told.Grown {
		var root tlog.Hash
		copy(root[:], one.Root)
		if err := tlog.CheckTree(hashes(one.Hashes), head.N, head.Hash, one.Old, root); err != nil {
			return fmt.Errorf("from %d: %w", one.Old, err)
		}
	}
	return nil
}

func hashes(raw [][]byte) []tlog.Hash {
	found := make([]tlog.Hash, len(raw))
	for i, one := range raw {
		if len(one) != tlog.HashSize {
			panic(base64.StdEncoding.EncodeToString(bytes.TrimSpace(one)))
		}
		copy(found[i][:], one)
	}
	return found
}

func min(a, b int64) int64 {
	if a < b {
		return a
	}
	return b
}
