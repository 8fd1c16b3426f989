package sqlstore

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/handsel-dev/handsel/internal/paging"
	"github.com/handsel-dev/handsel/orchestrator"
)

// mostUsers is how many users of one e-mail a search follows.
const mostUsers = 5

// searching puts a search together: the ids of the deals that an index finds, newest first, and their conditions.
type searching struct {
	args row
	ids  []string // each finds ids in their order, below $2
}

func (s *searching) arg(value any) string {
	s.args = append(s.args, value)
	return "$" + strconv.Itoa(len(s.args))
}

func (s *searching) where(condition string) {
	s.ids = append(s.ids, "community_id = $1 and id < $2 and "+condition)
}

// Search finds a page of deals.
func (db Finder) Search(ctx context.Context, q orchestrator.Search) (found orchestrator.Found, err error) {
	s := &searching{args: pageOf(q.CommunityID, q.Before, q.Limit)}
	if err := db.startAt(ctx, s, q); err != nil {
		return found, err
	}
	if err := db.look(ctx, s, q); err != nil || len(s.ids) == 0 {
		return found, err
	}
	looked, filters := len(s.args), db.filters(s, q)
	ids := s.all(filters == "")
	// That all ids are below $2 is said again: a database that reads deals from the newest on would else begin at the newest of all.
	found.Deals, err = db.deals(ctx, dealTable.selection(`where id in (`+ids+`) and id < $2`+filters+` order by id desc limit $3`), s.args...)
	if err != nil || len(found.Deals) == 0 && filters == "" {
		return found, err
	}
	if limit, _ := s.args[2].(int); paging.GoesOn(found.Deals, limit) {
		found.Next = found.Deals[len(found.Deals)-1].ID
	} else if filters != "" {
		found.Next, err = db.nextWindow(ctx, ids, s.args[:looked])
	}
	return found, err
}

// all is the ids that the indexes find together: a page, where nothing else is looked at.
func (s *searching) all(page bool) string {
	window := strconv.Itoa(orchestrator.MaxSearched)
	if page {
		window = "$3"
	}
	parts := make([]string, len(s.ids))
	for i, condition := range s.ids {
		parts[i] = fmt.Sprintf(`select id from (select id from transactions where %s order by id desc limit %s) as r%d`, condition, window, i)
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return `select id from (` + strings.Join(parts, " union ") + `) as u order by id desc limit ` + window
}

// nextWindow is where a search goes on that has looked at as many deals as one page may; 0: it has seen all.
func (db *database) nextWindow(ctx context.Context, ids string, args row) (int64, error) {
	var looked struct {
		N    int   `db:"n"`
		Last int64 `db:"last"`
	}
	// The limit is named, so that the database knows how many parameters there are.
	_, err := db.one(ctx, &looked, `select count(*) as n, coalesce(min(id), 0) as last from (`+ids+`) as looked where cast($3 as bigint) > 0`, args...)
	if looked.N < orchestrator.MaxSearched {
		return 0, err
	}
	return looked.Last, err
}

// startAt lets a search for older deals begin at them: ids grow with the time, but for those of blocks that were claimed shortly before.
func (db *database) startAt(ctx context.Context, s *searching, q orchestrator.Search) error {
	if q.Until.IsZero() || q.By != orchestrator.ByNothing {
		return nil
	}
	var last stamp
	found, err := db.one(ctx, &last, `select created_at from transactions where community_id = $1 and created_at < $2 order by created_at desc limit 1`, q.CommunityID, stamp{q.Until})
	if err != nil || !found {
		return err
	}
	var id int64
	// id + 0: PostgreSQL would look for the highest id of all, from the newest deal back to that time.
	_, err = db.one(ctx, &id, `select max(id + 0) from transactions where community_id = $1 and created_at <= $2 and created_at >= $3`,
		q.CommunityID, last, stamp{last.at.Add(-blockLife)})
	if err == nil {
		s.args[1] = min(s.args[1].(int64), id+1)
	}
	return err
}

// look adds what an index finds; it adds nothing where nothing can be found.
func (db *database) look(ctx context.Context, s *searching, q orchestrator.Search) error {
	switch q.By {
	case orchestrator.ByReference:
		s.where(`external_reference <> '' and external_reference = ` + s.arg(q.Text))
	case orchestrator.ByPayment:
		for _, name := range q.Gateways {
			s.where(`payment_id <> '' and payment_id = ` + s.arg(q.Text) + ` and gateway = ` + s.arg(name))
		}
	case orchestrator.ByRequest:
		return db.listed(ctx, s, `select distinct transaction_id from transaction_log where request_id = $1 and request_id <> '' limit 100`, q.Text)
	case orchestrator.ByPrice:
		s.where(`price = ` + s.arg(q.Minor))
	case orchestrator.ByUser:
		s.party(q.Text)
	case orchestrator.ByEmail:
		var users []string
		err := db.all(ctx, &users, `select user_id from profiles where community_id = $1 and email <> '' and lower(email) = $2 order by user_id limit $3`,
			q.CommunityID, strings.ToLower(q.Text), mostUsers)
		for _, user := range users {
			s.party(user)
		}
		return err
	default:
		db.every(s, q)
	}
	return nil
}

// listed adds deals whose ids another table has.
func (db *database) listed(ctx context.Context, s *searching, query string, args ...any) error {
	var ids []int64
	if err := db.all(ctx, &ids, query, args...); err != nil || len(ids) == 0 {
		return err
	}
	s.args = append(s.args, rowList(ids, func(id int64) []int64 { return []int64{id} }))
	s.where(`id in ` + db.among(len(s.args), 1))
	return nil
}

// party finds deals by who is in them, with an index for each role.
func (s *searching) party(user string) {
	who := "= " + s.arg(user)
	other := strings.NewReplacer("= $4", who)
	for _, role := range roles {
		s.where(other.Replace(role))
	}
}

// every finds deals without a text: by what is the matter with them, by their state, or all.
func (db *database) every(s *searching, q orchestrator.Search) {
	switch {
	case q.Attention:
		s.where(db.withTasks(s, q))
	case q.State != "":
		s.where(`state = ` + s.arg(string(q.State)))
	default:
		s.where(`true`)
	}
}

// withTasks is the condition that a deal has a task on the list of what needs a person: of each kind the newest deals are looked at.
func (db *database) withTasks(s *searching, q orchestrator.Search) string {
	tasks := &taskQuery{args: s.args}
	whose := func(q *taskQuery, column string) string { return column + " = $1" }
	each := make([]string, len(taskSources))
	for i, source := range taskSources {
		each[i] = fmt.Sprintf(`select transaction_id from (select s.transaction_id%s and s.transaction_id > 0 and s.transaction_id < $2 order by s.transaction_id desc limit %d) as k%d`,
			db.openTasks(tasks, source, whose, q.Rules), orchestrator.MaxSearched, i)
	}
	s.args = tasks.args
	return "id in (" + strings.Join(each, " union ") + ")"
}

// filters are the conditions that no index is chosen by.
func (db *database) filters(s *searching, q orchestrator.Search) string {
	text := ""
	add := func(condition string) { text += " and " + condition }
	if q.Process != "" {
		add(`process like ` + s.arg(strings.ReplaceAll(q.Process, "_", "!_")+"@%") + ` escape '!'`)
	}
	if q.State != "" && (q.Attention || q.By != orchestrator.ByNothing) {
		add(`state = ` + s.arg(string(q.State)))
	}
	if q.Attention && q.By != orchestrator.ByNothing {
		add(db.withTasks(s, q))
	}
	if q.Gateway != "" {
		add(`gateway = ` + s.arg(q.Gateway))
	}
	if q.Currency != "" {
		add(`currency = ` + s.arg(q.Currency))
	}
	if q.Minor != 0 && q.By != orchestrator.ByPrice {
		add(`price = ` + s.arg(q.Minor))
	}
	if !q.Until.IsZero() {
		add(`created_at < ` + s.arg(stamp{q.Until}))
	}
	return text
}
