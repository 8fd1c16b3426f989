package sqlstore

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"

	"github.com/handsel-dev/handsel/orchestrator"
)

// digest is the SHA-256 of values, each with its kind and length, so that no two
// rows are written alike. It is what a row carries of its own content.
func digest(values ...any) []byte {
	b := make([]byte, 0, 512)
	for _, v := range values {
		switch v := v.(type) {
		case int64:
			b = binary.BigEndian.AppendUint64(append(b, 'i'), uint64(v))
		case string:
			b = append(binary.BigEndian.AppendUint32(append(b, 's'), uint32(len(v))), v...)
		case []byte:
			b = append(binary.BigEndian.AppendUint32(append(b, 'b'), uint32(len(v))), v...)
		case stamp:
			if v.at.IsZero() {
				b = append(b, 'n')
				continue
			}
			b = append(append(b, 't'), v.text()...)
		}
	}
	sum := sha256.Sum256(b)
	return sum[:]
}

// addActs adds the lines of the audit log, and the digest of the whole commit to its
// line in the history: that covers its postings and acts too.
func (w *write) addActs(c orchestrator.Commit) error {
	for _, a := range c.Acts {
		r, err := actTable.sealed(&act{Act: a})
		if err != nil {
			return err
		}
		w.acts = append(w.acts, r)
	}
	values := slices.Clone(logTable.covered(w.log))
	for _, p := range w.postings {
		values = append(values, p[postingTable.digest])
	}
	for _, a := range w.acts {
		values = append(values, a[actTable.digest])
	}
	w.log[logTable.digest] = digest(values...)
	return nil
}

// actsIn are the lines of a commit at its place.
func (w *write) actsIn(at place) []row {
	placed := make([]row, len(w.acts))
	for i, r := range w.acts {
		placed[i] = actTable.in(at, r)
	}
	return placed
}
