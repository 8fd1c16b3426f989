package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"github.com/handsel-dev/handsel/internal/paging"
)

// table describes a table; R points to the struct of a row. Insertions, arrays, updates,
// selections and the digest of a sealed row follow from its columns, on both databases.
// What a query computes, which is no row, is read into a struct of its own.
type table[R any] struct {
	name    string
	stored  []column[R]   // what an insertion has, in this order
	read    []column[R]   // what a selection has
	mutable []string      // what an update of the whole row changes
	picked  string        // the list of a selection
	digest  int           // where the digest of a sealed row stands
	lane    int           // where its lane stands, before its position; -1: it has none
	done    func(R) error // what is left to do when all columns were read; nil: nothing
}

func tableOf[R any](name string, columns ...column[R]) *table[R] {
	t := &table[R]{name: name, digest: -1, lane: -1}
	for _, c := range columns {
		if !c.notRead {
			t.read = append(t.read, c)
		}
		if c.notStored {
			continue
		}
		switch c.name {
		case "digest":
			t.digest = len(t.stored)
		case "lane":
			t.lane = len(t.stored)
		}
		t.stored = append(t.stored, c)
		if !c.isFixed {
			t.mutable = append(t.mutable, c.name)
		}
	}
	t.picked = t.from("")
	return t
}

// then says what is left to do with a value when all its columns were read.
func (t *table[R]) then(done func(R) error) *table[R] { t.done = done; return t }

// plus is the table with more to it, for queries that need that.
func (t *table[R]) plus(columns ...column[R]) *table[R] {
	more := tableOf(t.name, columns...)
	all := *t
	all.read, all.stored = slices.Concat(t.read, more.read), slices.Concat(t.stored, more.stored)
	all.mutable, all.picked = slices.Concat(t.mutable, more.mutable), t.picked+", "+more.picked
	return &all
}

// without is the table as it is read where some of its columns are not needed.
func (t *table[R]) without(names ...string) *table[R] {
	some := *t
	some.read = slices.DeleteFunc(slices.Clone(t.read), func(c column[R]) bool { return slices.Contains(names, c.name) })
	some.picked = some.from("")
	return &some
}

// names and kinds are those of the columns that are stored.
func (t *table[R]) names() string {
	return joined(t.stored, func(c column[R]) string { return c.name })
}

func (t *table[R]) kinds() string {
	return joined(t.stored, func(c column[R]) string { return c.kind })
}

// from is the list of a selection from a table with an alias.
func (t *table[R]) from(alias string) string {
	if alias != "" {
		alias += "."
	}
	return joined(t.read, func(c column[R]) string {
		if c.expr != "" {
			return c.expr + " as " + c.name
		}
		return alias + c.name
	})
}

func joined[E any](all []E, one func(E) string) string {
	texts := make([]string, len(all))
	for i, e := range all {
		texts[i] = one(e)
	}
	return strings.Join(texts, ", ")
}

// selection reads whole rows; tail is all that comes behind the table's name.
func (t *table[R]) selection(tail string) string {
	return "select " + t.picked + " from " + t.name + " " + tail
}

// insertion adds n rows.
func (t *table[R]) insertion(n int) string {
	width, rows := len(t.stored), make([]string, n)
	for r := range rows {
		params := make([]string, width)
		for i := range params {
			params[i] = fmt.Sprintf("$%d", r*width+i+1)
		}
		rows[r] = "(" + strings.Join(params, ", ") + ")"
	}
	return "insert into " + t.name + " (" + t.names() + ") values " + strings.Join(rows, ", ")
}

// assignments sets what an update changes, but for the columns named, from the parameters
// first and on.
func (t *table[R]) assignments(first int, but ...string) string {
	return t.equal(first, ", ", func(name string) bool { return !slices.Contains(but, name) })
}

// unchanged is that the columns named are already what assignments would set them to.
func (t *table[R]) unchanged(first int, names ...string) string {
	return t.equal(first, " and ", func(name string) bool { return slices.Contains(names, name) })
}

// equal are the columns that are wanted, of those that an update changes, each with its
// parameter.
func (t *table[R]) equal(first int, between string, wanted func(name string) bool) string {
	var all []string
	for i, name := range t.mutable {
		if wanted(name) {
			all = append(all, fmt.Sprintf("%s = $%d", name, first+i))
		}
	}
	return strings.Join(all, between)
}

// renewals takes what an update changes over from another row.
func (t *table[R]) renewals(from string) string {
	return joined(t.mutable, func(name string) string { return name + " = " + from + "." + name })
}

// row is what an insertion stores of a value.
func (t *table[R]) row(v R) (row, error) {
	r := make(row, len(t.stored))
	for i := range t.stored {
		var err error
		if r[i], err = t.stored[i].get(v); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// changes are those values of a row that an update of the whole row changes.
func (t *table[R]) changes(r row) row {
	changed := make(row, 0, len(t.mutable))
	for i := range t.stored {
		if !t.stored[i].isFixed {
			changed = append(changed, r[i])
		}
	}
	return changed
}

// covered is what the digest of a sealed row is made of.
func (t *table[R]) covered(r row) row { return r[:t.digest] }

// sealed is a row with its digest.
func (t *table[R]) sealed(v R) (row, error) {
	r, err := t.row(v)
	if err == nil {
		r[t.digest] = digest(t.covered(r)...)
	}
	return r, err
}

// digestOf is the digest of a row as its content is now.
func (t *table[R]) digestOf(v R) (row, []byte, error) {
	r, err := t.row(v)
	if err != nil {
		return nil, nil, err
	}
	return t.covered(r), digest(t.covered(r)...), nil
}

// in is a copy of a row at its place.
func (t *table[R]) in(at place, r row) row {
	placed := slices.Clone(r)
	placed[t.lane], placed[t.lane+1] = at.lane, at.position
	return placed
}

// readAll makes values of the rows of a query whose list is that of a selection.
func readAll[T any](t *table[*T], rows *sql.Rows, err error) ([]T, error) {
	return readWhile(t, rows, err, func(*T) bool { return true })
}

// readPage is readAll up to the row that fills a page. Rows behind it are never in memory.
func readPage[T paging.Sized](t *table[*T], rows *sql.Rows, err error) ([]T, error) {
	size := 0
	return readWhile(t, rows, err, func(v *T) bool {
		size += (*v).Size()
		return size < paging.Bytes
	})
}

// readWhile makes values of rows until one is the last that is wanted.
func readWhile[T any](t *table[*T], rows *sql.Rows, err error, more func(*T) bool) ([]T, error) {
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	all := []T{}
	var v, zero T
	dest := make([]any, len(t.read))
	for i := range t.read {
		dest[i] = t.read[i].into(&v)
	}
	for rows.Next() {
		v = zero
		if err := rows.Scan(dest...); err != nil {
			return nil, err
		}
		if t.done != nil {
			if err := t.done(&v); err != nil {
				return nil, err
			}
		}
		if all = append(all, v); !more(&v) {
			break
		}
	}
	return all, rows.Err()
}

// find reads the rows of a selection.
func find[T any](ctx context.Context, of keeper, t *table[*T], tail string, args ...any) ([]T, error) {
	return pick(ctx, of, of.base().reads, t, t.selection(tail), args...)
}

// pick reads rows by a text that has the list of a selection.
func pick[T any](ctx context.Context, of keeper, from *statements, t *table[*T], text string, args ...any) ([]T, error) {
	rows, err := of.base().query(ctx, from, text, args)
	all, err := readAll(t, rows, err)
	return all, readError(err)
}

// findPage is find up to the row that fills a page.
func findPage[T paging.Sized](ctx context.Context, of keeper, t *table[*T], tail string, args ...any) ([]T, error) {
	return pickPage(ctx, of, t, t.selection(tail), args...)
}

// pickPage is to findPage what pick is to find.
func pickPage[T paging.Sized](ctx context.Context, of keeper, t *table[*T], text string, args ...any) ([]T, error) {
	rows, err := of.base().query(ctx, of.base().reads, text, args)
	all, err := readPage(t, rows, err)
	return all, readError(err)
}

// findOne reads the first row of a selection; found is false if there is none.
func findOne[T any](ctx context.Context, of keeper, t *table[*T], tail string, args ...any) (v T, found bool, err error) {
	return pickOne(ctx, of, of.base().reads, t, t.selection(tail), args...)
}

// pickOne is to pick what findOne is to find.
func pickOne[T any](ctx context.Context, of keeper, from *statements, t *table[*T], text string, args ...any) (v T, found bool, err error) {
	all, err := pick(ctx, of, from, t, text, args...)
	if err != nil || len(all) == 0 {
		return v, false, err
	}
	return all[0], true, nil
}
