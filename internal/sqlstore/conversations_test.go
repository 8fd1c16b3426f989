package sqlstore_test

import (
	"testing"

	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/internal/storetest"
)

func TestConversationsSQLite(t *testing.T) {
	t.Parallel()
	storetest.RunConversations(t, conversing(sqliteFile))
}

func TestConversationsPostgres(t *testing.T) {
	t.Parallel()
	storetest.RunConversations(t, conversing(postgres))
}

func conversing(newURL func(*testing.T) string) func(*testing.T) func() storetest.ConversationStore {
	return func(t *testing.T) func() storetest.ConversationStore {
		url := newURL(t)
		return func() storetest.ConversationStore { return open(t, url, sqlstore.Options{}) }
	}
}
