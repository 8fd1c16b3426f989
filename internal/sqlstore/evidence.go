package sqlstore

import (
	"context"
	"errors"

	"github.com/handsel-dev/handsel/conversations"
)

const (
	fileColumns = `transaction_id, slot, id, community_id, uploader, name, type, size, sha256, at`

	insertedFile = fileColumns + `, content`
)

type fileRow struct {
	TransactionID int64  `db:"transaction_id"`
	Slot          int64  `db:"slot"`
	ID            string `db:"id"`
	CommunityID   int64  `db:"community_id"`
	Uploader      string `db:"uploader"`
	Name          string `db:"name"`
	Type          string `db:"type"`
	Size          int64  `db:"size"`
	SHA256        string `db:"sha256"`
	At            stamp  `db:"at"`
}

func (r fileRow) file() (conversations.File, error) {
	return conversations.File{
		ID: r.ID, CommunityID: r.CommunityID, TransactionID: r.TransactionID, Uploader: r.Uploader,
		Name: r.Name, Type: r.Type, Size: r.Size, SHA256: r.SHA256, At: r.At.at,
	}, nil
}

// errSlots is a deal to which so many add files at once that no slot was won.
var errSlots = errors.New("no place was found for the file: too many are added at once")

// sidesOfFiles is more than the sides of a deal that add files at the same moment.
const sidesOfFiles = 4

// AddFile implements conversations.Store. A file takes the next slot of its deal.
// Who loses the slot to another looks again; every side has limit slots at most, so
// nobody loses more often than all of them together.
func (db *DB) AddFile(ctx context.Context, f conversations.File, content []byte, limit int64) (conversations.File, error) {
	if !storable(f.Name) {
		return conversations.File{}, errText
	}
	for range sidesOfFiles*limit + 1 {
		rows, err := db.files(ctx, f.TransactionID)
		if err != nil {
			return conversations.File{}, err
		}
		mine := int64(0)
		for _, r := range rows {
			if r.Uploader != f.Uploader {
				continue
			}
			if r.SHA256 == f.SHA256 {
				return r.file()
			}
			mine++
		}
		if mine >= limit {
			return conversations.File{}, conversations.ErrTooManyFiles
		}
		slot := int64(len(rows)) + 1
		n, err := db.exec(ctx, insert("evidence", insertedFile)+` on conflict do nothing`,
			f.TransactionID, slot, f.ID, f.CommunityID, f.Uploader, f.Name, f.Type, f.Size, f.SHA256, stamp{f.At}, content)
		if err != nil {
			return conversations.File{}, err
		}
		if n == 1 {
			return f, nil
		}
	}
	return conversations.File{}, errSlots
}

func (db *DB) files(ctx context.Context, transaction int64) ([]fileRow, error) {
	var rows []fileRow
	err := db.all(ctx, &rows, `select `+fileColumns+` from evidence where transaction_id = $1 order by slot`, transaction)
	return rows, err
}

// Files implements conversations.Store.
func (db *DB) Files(ctx context.Context, transaction int64) ([]conversations.File, error) {
	rows, err := db.files(ctx, transaction)
	if err != nil {
		return nil, err
	}
	return convert(rows, fileRow.file)
}

// OpenFile implements conversations.Store.
func (db *DB) OpenFile(ctx context.Context, transaction int64, id string) (conversations.File, []byte, bool, error) {
	var r struct {
		fileRow
		Content []byte `db:"content"`
	}
	found, err := db.one(ctx, &r, `select `+insertedFile+` from evidence where transaction_id = $1 and id = $2`, transaction, id)
	if err != nil || !found {
		return conversations.File{}, nil, false, err
	}
	f, err := r.file()
	return f, r.Content, true, err
}
