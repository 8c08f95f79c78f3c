package jsonl

import "hash/maphash"

// maxIndexed is how many lines an index knows. The requests of a batch of 200 MB are fewer.
const maxIndexed = 1 << 22

// A lineIndex finds the line that a text was in. Of each text it keeps 64 bits of a hash and a place in a table, about 20 bytes a
// line: a map would take several times as much.
type lineIndex struct {
	seed   maphash.Seed
	hashes [][]uint64 // of the text in each line, in pieces that are never copied; 0 for lines without one
	table  []uint32   // lines by their hash; 0 is a free place; its length is a power of 2
	used   int
}

const indexPiece = 1 << 14

func newLineIndex() *lineIndex {
	return &lineIndex{seed: maphash.MakeSeed(), table: make([]uint32, 1024)}
}

// add notes the text of a line, counted from 1, and returns the earlier line that has the same; 0 if there is none.
func (x *lineIndex) add(text []byte, line int) (earlier int) {
	if line >= maxIndexed {
		return 0
	}
	hash := maphash.Bytes(x.seed, text)
	place := x.find(hash)
	if x.table[place] > 0 {
		return int(x.table[place])
	}
	for line/indexPiece >= len(x.hashes) {
		x.hashes = append(x.hashes, make([]uint64, indexPiece))
	}
	x.hashes[line/indexPiece][line%indexPiece] = hash
	x.table[place] = uint32(line) //nolint:gosec // less than maxIndexed
	if x.used++; x.used > len(x.table)*3/4 {
		x.grow()
	}
	return 0
}

// find returns the place of a hash in the table, or the free one where it belongs.
func (x *lineIndex) find(hash uint64) uint64 {
	mask := uint64(len(x.table) - 1) //nolint:gosec // it is never empty
	place := hash & mask
	for x.table[place] > 0 && x.hashOf(x.table[place]) != hash {
		place = (place + 1) & mask
	}
	return place
}

func (x *lineIndex) hashOf(line uint32) uint64 { return x.hashes[line/indexPiece][line%indexPiece] }

func (x *lineIndex) grow() {
	lines := x.table
	x.table = make([]uint32, 2*len(lines))
	for _, line := range lines {
		if line > 0 {
			x.table[x.find(x.hashOf(line))] = line
		}
	}
}
