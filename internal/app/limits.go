package app

import (
	"context"
	"encoding/json"

	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/server"
	"github.com/handsel-dev/handsel/server/web"
)

// limitsChannel is where replicas tell each other what they let through.
const limitsChannel = "handsel_limits"

// A notification of PostgreSQL holds less than 8000 bytes. Names are short, so these
// are at least some hundred.
const (
	maxTold    = 7800
	maxTelling = 4
)

// limits lets the replicas on one database share their limits: once a second each tells
// the others what it let through, and they count it as if they had. Somebody who floods
// N replicas gets through at most N bursts at first, and then waits until on average it
// is one limit. Nothing is stored, and no request waits for it. What is not heard,
// because a connection broke, is not counted: then each replica has its own limit.
type limits struct {
	store  *sqlstore.DB
	server *server.Server
	name   string            // of this replica, for as long as it lives
	heard  func(from string) // is told of each message of another, once it is counted
}

func newLimits(store *sqlstore.DB, s *server.Server) *limits {
	return &limits{store: store, server: s, name: RandomSecret()[:16], heard: func(string) {}}
}

// told is one message.
type told struct {
	From  string      `json:"from"`
	Spent []web.Spent `json:"spent"`
}

// share tells the others what was let through since the last time: those who used most
// of their limit, as far as there is room. It returns the number of messages.
func (l *limits) share(ctx context.Context) (messages int, err error) {
	for all := l.server.Spent(); len(all) > 0 && messages < maxTelling; messages++ {
		var payload string
		if payload, all, err = l.pack(all); err != nil {
			return messages, err
		}
		if err = l.store.Notify(ctx, limitsChannel, payload); err != nil {
			return messages, err
		}
	}
	return messages, nil
}

// pack writes a message with as many as fit, and returns those that do not.
func (l *limits) pack(all []web.Spent) (payload string, rest []web.Spent, err error) {
	size, n := len(l.name)+64, 0
	for ; n < len(all); n++ {
		text, err := json.Marshal(all[n])
		if err != nil {
			return "", nil, err
		}
		if size += len(text) + 1; size > maxTold && n > 0 {
			break
		}
	}
	text, err := json.Marshal(told{l.name, all[:n]})
	return string(text), all[n:], err
}

// hear counts what another replica let through.
func (l *limits) hear(payload string) {
	var t told
	if json.Unmarshal([]byte(payload), &t) != nil || t.From == l.name {
		return
	}
	l.server.SpentElsewhere(t.Spent)
	l.heard(t.From)
}
