package sandbox

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// firstNotificationID is where the ids of notifications start.
const firstNotificationID = 1990

// notification tells one party what has happened to a transaction.
type notification struct {
	ID          int64     `json:"id"`
	Created     time.Time `json:"created"`
	Read        time.Time `json:"read,omitzero"`
	UserID      string    `json:"user_id"`
	Description string    `json:"description"`
	Target      string    `json:"target"`
}

// notifications are those of a world, in ascending order of id.
type notifications struct {
	all    []*notification
	ofUser map[string][]*notification
}

func (n *notifications) put(one *notification) {
	if n.ofUser == nil {
		n.ofUser = map[string][]*notification{}
	}
	n.all = append(n.all, one)
	n.ofUser[one.UserID] = append(n.ofUser[one.UserID], one)
}

// notify tells the party that did not act; when nobody did, it tells both.
func (w *state) notify(f facts, event, target string, by origin) {
	for _, role := range []string{seller, buyer} {
		to := *f.party(role)
		if to == "" || to == by.user {
			continue
		}
		w.notifications.put(&notification{
			ID: firstNotificationID + int64(len(w.notifications.all)), Created: by.at, UserID: to, Target: target,
			Description: describe(event, *f.description, other(role), by),
		})
	}
}

// describe follows the one example of the customer's document; where nobody acted it names the event only.
func describe(event, goods, actor string, by origin) string {
	if by.request != 0 && slices.Contains([]string{"joined", "rejected", "cancelled", "claimed"}, event) {
		return strings.ToUpper(actor[:1]) + actor[1:] + " has " + event + " transaction for '" + goods + "'"
	}
	return "Transaction for '" + goods + "': " + strings.ReplaceAll(event, "_", " ")
}

func listNotifications(c *call) (stage.Value, *Error) {
	window, err := queryPage(c.request.URL.Query(), "invalid_limit")
	if err != nil {
		return nil, err
	}
	shown := []*notification{}
	for _, n := range slices.Backward(c.world.notifications.ofUser[c.user.ID]) {
		if int64(len(shown)) == window.limit {
			break
		}
		if window.holds(n.ID) {
			shown = append(shown, n)
		}
	}
	return shown, nil
}

func getNotification(c *call) (stage.Value, *Error) {
	n, err := c.notification()
	if err != nil {
		return nil, err
	}
	return n, nil
}

// markAsRead keeps the first reading.
func markAsRead(c *call) (stage.Value, *Error) {
	n, err := c.notification()
	if err != nil {
		return nil, err
	}
	if n.Read.IsZero() {
		n.Read = c.by.at
		c.world.record(c.by, 0)
	}
	return n, nil
}

// notification finds the one in the path; only its owner sees it.
func (c *call) notification() (*notification, *Error) {
	id, err := strconv.ParseInt(c.request.PathValue("notification_id"), 10, 64)
	i := id - firstNotificationID
	if err != nil || i < 0 || i >= int64(len(c.world.notifications.all)) || c.world.notifications.all[i].UserID != c.user.ID {
		return nil, refuse("not_found")
	}
	return c.world.notifications.all[i], nil
}
