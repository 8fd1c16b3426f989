package sqlstore

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/handsel-dev/handsel/migrations"
	"github.com/handsel-dev/handsel/notices/events"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/labels"
)

type labelled = orchestrator.LabelledSeller

var sellerLabelTable = tableOf("seller_labels",
	number("community_id", func(l *labelled) *int64 { return &l.CommunityID }).fixed(),
	number("id", func(l *labelled) *int64 { return &l.ID }).fixed(),
	text("user_id", func(l *labelled) *string { return &l.UserID }).fixed(),
	text("external_reference", func(l *labelled) *string { return &l.Labels.ExternalReference }),
	values("metadata", func(l *labelled) *map[string]string { return &l.Labels.Metadata }),
)

// SaveLabels implements orchestrator.Labels. Nothing else of the row is changed, and a commit
// of the deal at the same moment leaves these columns alone, so neither loses anything.
func (db Labels) SaveLabels(ctx context.Context, of orchestrator.LabelsOf, had, other labels.Labels) (bool, error) {
	news := labelsChanged(of, events.TransactionLabelsChanged, events.Object{Type: events.Deal, Number: of.ID}, other)
	news.TransactionID = of.ID
	return db.relabel(ctx, news, `update transactions set external_reference = $3, metadata = $4
		where community_id = $1 and id = $2 and external_reference = $5 and metadata = $6`, row{of.CommunityID, of.ID}, other, had)
}

// SaveSellerLabels implements orchestrator.Labels.
func (db Labels) SaveSellerLabels(ctx context.Context, of orchestrator.LabelsOf, had, other labels.Labels) (bool, error) {
	whose := row{of.CommunityID, of.UserID}
	news := labelsChanged(of, events.SellerLabelsChanged, events.Object{Type: events.Seller, ID: of.UserID}, other)
	switch {
	case had.None():
		return db.relabel(ctx, news, `insert into seller_labels (community_id, user_id, id, external_reference, metadata) values ($1, $2, $3, $4, $5)
			on conflict (community_id, user_id) do nothing`, append(whose, of.ID), other)
	case other.None():
		return db.relabel(ctx, news, `delete from seller_labels
			where community_id = $1 and user_id = $2 and external_reference = $3 and metadata = $4`, whose, had)
	}
	return db.relabel(ctx, news, `update seller_labels set external_reference = $3, metadata = $4
		where community_id = $1 and user_id = $2 and external_reference = $5 and metadata = $6`, whose, other, had)
}

// labelNews is what is told of an object whose labels have changed.
type labelNews struct {
	events.Announcement
	now labels.Labels
}

func labelsChanged(of orchestrator.LabelsOf, happened events.Type, about events.Object, now labels.Labels) labelNews {
	about.Reference = now.ExternalReference
	return labelNews{events.Announcement{CommunityID: of.CommunityID, Type: happened, Object: about, At: of.At}, now}
}

// relabel runs a statement whose last parameters are labels, and reports whether there was a
// row for it. If there was, that is told.
func (db Labels) relabel(ctx context.Context, news labelNews, query string, args row, all ...labels.Labels) (bool, error) {
	for _, l := range all {
		metadata, err := encodeValues(l.Metadata)
		if err != nil {
			return false, err
		}
		args = append(args, l.ExternalReference, metadata)
	}
	var n int64
	err := db.announcing(ctx, func(u announcer) (err error) {
		if n, err = u.exec(ctx, query, args...); err != nil || n == 0 {
			return referenceTaken(err)
		}
		return u.announce(ctx, news.Announcement, map[string]any{"metadata": noted(news.now.Metadata)})
	})
	return n == 1, err
}

// referenceTaken names the violation of an index on references, where it is the only unique
// one besides the primary key.
func referenceTaken(err error) error {
	var p *pq.Error
	var s *sqlite.Error
	if errors.As(err, &p) && p.Code == pqerror.UniqueViolation && strings.HasSuffix(p.Constraint, "_reference") ||
		errors.As(err, &s) && s.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE {
		return labels.ErrTaken
	}
	return err
}

// SellerLabels implements orchestrator.Labels.
func (db Labels) SellerLabels(ctx context.Context, community int64, user string) (labels.Labels, error) {
	found, _, err := findOne(ctx, db, sellerLabelTable, `where community_id = $1 and user_id = $2`, community, user)
	return found.Labels, err
}

// LabelledSellers implements orchestrator.Labels. A limit outside 1 to 100 is 100.
func (db Labels) LabelledSellers(ctx context.Context, f orchestrator.SellerLabelFilter) ([]orchestrator.LabelledSeller, error) {
	args := pageOf(f.CommunityID, f.Before, f.Limit)
	found, err := db.labelConditions("", f.ExternalReference, f.Metadata)
	if err != nil {
		return nil, err
	}
	where, args := conditioned(`where community_id = $1 and id < $2`, args, found)
	return findPage(ctx, db, sellerLabelTable, where+` order by id desc limit $3`, args...)
}

// pageOf are the parameters that every list begins with: a limit outside 1 to 100 is 100.
func pageOf(community, before int64, limit int) row {
	if before == 0 {
		before = 1<<63 - 1
	}
	if limit < 1 || limit > maxPage {
		limit = maxPage
	}
	return row{community, before, limit}
}

// labelConditions select rows by what is noted with them. alias is the table's, with its dot.
func (db *database) labelConditions(alias, reference string, metadata map[string]string) ([]condition, error) {
	var all []condition
	if reference != "" {
		all = append(all, condition{alias + "external_reference <> '' and " + alias + "external_reference = ?", []any{reference}})
	}
	if len(metadata) == 0 {
		return all, nil
	}
	wanted, err := encodeValues(metadata)
	if err != nil {
		return nil, err
	}
	text := alias + "metadata @> ?"
	if db.dialect == migrations.SQLite {
		text = "not exists (select 1 from json_each(?) w where not exists (select 1 from json_each(" + alias + "metadata) h where h.key = w.key and h.value = w.value))"
	}
	// The index has no row without metadata.
	return append(all, condition{alias + "metadata <> '{}' and " + text, []any{wanted}}), nil
}

// conditioned adds conditions to a where clause, and their values to its parameters.
func conditioned(where string, args row, all []condition) (string, row) {
	for _, c := range all {
		for _, value := range c.values {
			args = append(args, value)
			c.text = strings.Replace(c.text, "?", "$"+strconv.Itoa(len(args)), 1)
		}
		where += " and " + c.text
	}
	return where, args
}
