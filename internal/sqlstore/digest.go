package sqlstore

import (
	"crypto/sha256"
	"encoding/binary"

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

// sealed is the row with its digest behind it.
func (r row) sealed() row { return append(r, digest(r...)) }

// digestOf is the last column of a sealed row.
func (r row) digestOf() []byte { return r[len(r)-1].([]byte) }

// actArgs is a line of the audit log without its place in a lane.
func actArgs(a orchestrator.Act) (row, error) {
	data, err := encodeValues(a.Data)
	if err != nil {
		return nil, err
	}
	return row{a.CommunityID, a.ID, a.Actor, a.Name, a.Object, a.Reason, a.RequestID, data, stamp{a.At}}.sealed(), nil
}

// addActs adds the lines of the audit log, and the digest of the whole commit to its
// line in the history: that covers its postings and acts too.
func (w *write) addActs(c orchestrator.Commit) error {
	for _, a := range c.Acts {
		r, err := actArgs(a)
		if err != nil {
			return err
		}
		w.acts = append(w.acts, r)
	}
	w.log = append(w.log, commitDigest(w.log, w.postings, w.acts))
	return nil
}

// commitDigest is the digest of a commit: of its line in the history, and of the
// digests of what was written with it.
func commitDigest(log row, postings, acts []row) []byte {
	values := append(make([]any, 0, len(log)+len(postings)+len(acts)), log...)
	for _, rows := range [][]row{postings, acts} {
		for _, r := range rows {
			values = append(values, r.digestOf())
		}
	}
	return digest(values...)
}

// place is where a write stands in the lane of the writer that has it.
type place struct{ lane, position int64 }

// in is the row with its place behind it.
func (r row) in(at place) row {
	return append(append(make(row, 0, len(r)+2), r...), at.lane, at.position)
}

func each(rows []row, at place) []row {
	placed := make([]row, len(rows))
	for i, r := range rows {
		placed[i] = r.in(at)
	}
	return placed
}
