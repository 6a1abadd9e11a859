// Checks a folder of log tiles with golang.org/x/mod/sumdb alone: the signed checkpoint, inclusion
// and consistency proofs, and every hash again from the entries. Reads a job on standard input;
// prints what holds, or says what does not and ends with 1. Built against Debian's packages.
//
// TileHashReader of this package trusts some tiles unseen (CVE-2026-56865), so it is not used:
// proofs come ready made, and every tile is compared with one computed from the entries.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type inclusion struct {
	Index int64
	Leaf  []byte
	Path  [][]byte
}

type job struct {
	Folder      string
	Key         string
	Old         string
	Consistency [][]byte
	Inclusion   []inclusion
	Flip        bool
}

type log struct {
	folder string
	size   int64
	hashes []tlog.Hash
}

func fail(err error) {
	if err != nil {
		fmt.Println("refused:", err)
		os.Exit(1)
	}
}

// open gives size and root of a checkpoint that the key has signed. ParseTree would want the
// header of the Go checksum database, so the three lines are read here.
func open(text []byte, key string) (tlog.Tree, error) {
	verifier, err := note.NewVerifier(key)
	if err != nil {
		return tlog.Tree{}, err
	}
	opened, err := note.Open(text, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		return tlog.Tree{}, errors.New("checkpoint: not three lines of this origin")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

func asHashes(items [][]byte) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(items))
	for i, item := range items {
		if len(item) != tlog.HashSize {
			return nil, errors.New("proof: a hash not of 32 bytes")
		}
		copy(hashes[i][:], item)
	}
	return hashes, nil
}

func records(data []byte) ([]tlog.Hash, error) {
	var hashes []tlog.Hash
	for len(data) > 0 {
		if len(data) < 2 {
			return nil, errors.New("bundle: ends early")
		}
		end := 2 + int(data[0])<<8 + int(data[1])
		if end > len(data) {
			return nil, errors.New("bundle: ends early")
		}
		hashes = append(hashes, tlog.RecordHash(data[2:end]))
		data = data[end:]
	}
	return hashes, nil
}

func (l *log) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	found := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		found[i] = l.hashes[index]
	}
	return found, nil
}

// path is that of C2SP tlog-tiles, which names no height.
func path(tile tlog.Tile) string {
	return strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
}

func bundlePath(number, width int64) string {
	tile := tlog.Tile{H: 8, L: 0, N: number, W: int(width)}
	return strings.Replace(tile.Path(), "tile/8/0/", "tile/entries/", 1)
}

// allTiles lists the tiles of a tree, full ones and the last of each level. NewTiles of the package
// lists every width that a partial tile ever had.
func allTiles(size int64) []tlog.Tile {
	var all []tlog.Tile
	for level := 0; size > 0; level++ {
		for number := int64(0); number*256 < size; number++ {
			all = append(all, tlog.Tile{H: 8, L: level, N: number, W: int(width(number, size))})
		}
		size >>= 8
	}
	return all
}

func width(number, size int64) int64 {
	if size-number*256 < 256 {
		return size - number*256
	}
	return 256
}

func (l *log) rehash() error {
	for number := int64(0); number*256 < l.size; number++ {
		name := bundlePath(number, width(number, l.size))
		data, err := os.ReadFile(filepath.Join(l.folder, name))
		if err != nil {
			return err
		}
		found, err := records(data)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if int64(len(found)) != width(number, l.size) {
			return fmt.Errorf("%s: %d entries", name, len(found))
		}
		for i, hash := range found {
			more, err := tlog.StoredHashesForRecordHash(number*256+int64(i), hash, l)
			if err != nil {
				return err
			}
			l.hashes = append(l.hashes, more...)
		}
	}
	return nil
}

// tiles compares every hash tile with the one that the entries give.
func (l *log) tiles() (int, error) {
	all := allTiles(l.size)
	for _, tile := range all {
		wanted, err := tlog.ReadTileData(tile, l)
		if err != nil {
			return 0, err
		}
		found, err := os.ReadFile(filepath.Join(l.folder, path(tile)))
		if err != nil {
			return 0, err
		}
		if !bytes.Equal(wanted, found) {
			return 0, fmt.Errorf("%s: not the hashes of its entries", path(tile))
		}
	}
	return len(all), nil
}

// flips turns one byte over in every file, one at a time, and counts those that go unnoticed.
func (l *log) flips() (int, error) {
	tried := 0
	for _, tile := range allTiles(l.size) {
		name := path(tile)
		wanted, err := tlog.ReadTileData(tile, l)
		if err != nil {
			return tried, err
		}
		found, err := os.ReadFile(filepath.Join(l.folder, name))
		if err != nil {
			return tried, err
		}
		found[(tried*37)%len(found)] ^= 1
		if bytes.Equal(wanted, found) {
			return tried, fmt.Errorf("%s: a changed byte went unnoticed", name)
		}
		tried++
	}
	for number := int64(0); number*256 < l.size; number++ {
		name := bundlePath(number, width(number, l.size))
		data, err := os.ReadFile(filepath.Join(l.folder, name))
		if err != nil {
			return tried, err
		}
		data[(tried*37)%len(data)] ^= 1
		found, err := records(data)
		same := err == nil && int64(len(found)) == width(number, l.size)
		for i := 0; same && i < len(found); i++ {
			same = found[i] == l.hashes[tlog.StoredHashIndex(0, number*256+int64(i))]
		}
		if same {
			return tried, fmt.Errorf("%s: a changed byte went unnoticed", name)
		}
		tried++
	}
	return tried, nil
}

func main() {
	var todo job
	fail(json.NewDecoder(os.Stdin).Decode(&todo))
	text, err := os.ReadFile(filepath.Join(todo.Folder, "checkpoint"))
	fail(err)
	head, err := open(text, todo.Key)
	fail(err)
	fmt.Println("checkpoint signed:", head.N)
	if todo.Old != "" {
		old, err := open([]byte(todo.Old), todo.Key)
		fail(err)
		proof, err := asHashes(todo.Consistency)
		fail(err)
		fail(tlog.CheckTree(proof, head.N, head.Hash, old.N, old.Hash))
		fmt.Println("consistent with:", old.N)
	}
	for _, one := range todo.Inclusion {
		proof, err := asHashes(one.Path)
		fail(err)
		hash := tlog.RecordHash(one.Leaf)
		fail(tlog.CheckRecord(proof, head.N, head.Hash, one.Index, hash))
		fmt.Println("included:", one.Index)
	}
	whole := &log{folder: todo.Folder, size: head.N}
	fail(whole.rehash())
	root, err := tlog.TreeHash(head.N, whole)
	fail(err)
	if root != head.Hash {
		fail(errors.New("root: not that of the entries"))
	}
	count, err := whole.tiles()
	fail(err)
	fmt.Println("hashed again:", head.N, "entries,", count, "tiles")
	if todo.Flip {
		tried, err := whole.flips()
		fail(err)
		fmt.Println("one byte changed in each of", tried, "files: every one noticed")
	}
}
