package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

const maxBatch = 50

// record is a pointer to something that lists and batches hold.
type record interface {
	comparable
	checked
	recordID() int64
}

// records is an answer without gaps.
type records[T record] []T

func (rs records[T]) check() error {
	var none T
	for i, r := range rs {
		if r == none {
			return fmt.Errorf("record %d of the list is null", i)
		}
		if err := r.check(); err != nil {
			return err
		}
	}
	return nil
}

// recordBatch is an answer where nil stands for what was not found. The
// customer's document shows it inside a second array, the official API does not.
type recordBatch[T record] []T

func (b *recordBatch[T]) UnmarshalJSON(data []byte) error {
	flat := []T(nil)
	err := json.Unmarshal(data, &flat)
	if err == nil {
		*b = flat
		return nil
	}
	var nested [][]T
	if json.Unmarshal(data, &nested) != nil || len(nested) != 1 {
		return err
	}
	*b = nested[0]
	return nil
}

// readBatch asks in requests of 50 and keeps the order and the length of ids.
func readBatch[T record](ctx context.Context, c *Client, path string, ids []int64, opts []CallOption) ([]T, error) {
	found := make([]T, 0, len(ids))
	for chunk := range slices.Chunk(ids, maxBatch) {
		asked := make([]string, len(chunk))
		for i, id := range chunk {
			asked[i] = strconv.FormatInt(id, 10)
		}
		r := get(path).query(url.Values{"ids": {strings.Join(asked, ",")}})
		batch, err := do[recordBatch[T]](ctx, c, r, opts)
		if err != nil {
			return nil, err
		}
		if problem := batch.mismatch(chunk); problem != nil {
			return nil, &Error{Op: r.op(), Err: fmt.Errorf("%w: %w", ErrUnexpectedAnswer, problem)}
		}
		found = append(found, batch...)
	}
	return found, nil
}

// mismatch finds an answer that would give a caller somebody else's state.
func (b recordBatch[T]) mismatch(ids []int64) error {
	if len(b) != len(ids) {
		return fmt.Errorf("%d records for %d ids", len(b), len(ids))
	}
	var none T
	for i, r := range b {
		switch {
		case r == none:
		case r.recordID() <= 0:
			return errors.New("record has no id")
		case r.recordID() != ids[i]:
			return fmt.Errorf("record %d at the place of %d", r.recordID(), ids[i])
		}
	}
	return nil
}
