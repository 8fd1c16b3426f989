package sqlstore

import (
	"context"
	"errors"
	"time"

	"github.com/handsel-dev/handsel/conversations"
)

// file is one of a deal, as it is stored.
type file struct {
	conversations.File
	slot    int64
	content []byte
}

var (
	fileTable = tableOf("evidence",
		number("transaction_id", func(f *file) *int64 { return &f.TransactionID }),
		number("slot", func(f *file) *int64 { return &f.slot }),
		text("id", func(f *file) *string { return &f.ID }),
		number("community_id", func(f *file) *int64 { return &f.CommunityID }),
		text("uploader", func(f *file) *string { return &f.Uploader }),
		text("name", func(f *file) *string { return &f.Name }),
		text("type", func(f *file) *string { return &f.Type }),
		number("size", func(f *file) *int64 { return &f.Size }),
		text("sha256", func(f *file) *string { return &f.SHA256 }),
		instant("at", func(f *file) *time.Time { return &f.At }),
	)
	wholeFile = fileTable.plus(blob("content", func(f *file) *[]byte { return &f.content }))
)

// errSlots is a deal to which so many add files at once that no slot was won.
var errSlots = errors.New("no place was found for the file: too many are added at once")

// sidesOfFiles is more than the sides of a deal that add files at the same moment.
const sidesOfFiles = 4

// AddFile implements conversations.Evidence. A file takes the next slot of its deal.
// Who loses the slot to another looks again; every side has limit slots at most, so
// nobody loses more often than all of them together.
func (db Evidence) AddFile(ctx context.Context, f conversations.File, content []byte, limit int64) (conversations.File, error) {
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
				return r.File, nil
			}
			mine++
		}
		if mine >= limit {
			return conversations.File{}, conversations.ErrTooManyFiles
		}
		args, err := wholeFile.row(&file{f, int64(len(rows)) + 1, content})
		if err != nil {
			return conversations.File{}, err
		}
		n, err := db.exec(ctx, wholeFile.insertion(1)+` on conflict do nothing`, args...)
		if err != nil {
			return conversations.File{}, err
		}
		if n == 1 {
			return f, nil
		}
	}
	return conversations.File{}, errSlots
}

func (db *database) files(ctx context.Context, transaction int64) ([]file, error) {
	return find(ctx, db, fileTable, `where transaction_id = $1 order by slot`, transaction)
}

// Files implements conversations.Evidence.
func (db Evidence) Files(ctx context.Context, transaction int64) ([]conversations.File, error) {
	rows, err := db.files(ctx, transaction)
	return each(rows, func(f file) conversations.File { return f.File }), err
}

// OpenFile implements conversations.Evidence.
func (db Evidence) OpenFile(ctx context.Context, transaction int64, id string) (conversations.File, []byte, bool, error) {
	f, found, err := findOne(ctx, db, wholeFile, `where transaction_id = $1 and id = $2`, transaction, id)
	return f.File, f.content, found, err
}
