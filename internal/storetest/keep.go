package storetest

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/apikey"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/idempotency"
)

func testReplies(t *testing.T, open func() Store) {
	s, ctx := open(), t.Context()
	tx, intent := busy(t, s)
	reply := idempotency.Reply{Scope: "s", Key: "k", Hash: "h", CommunityID: community, IntentID: intent.ID, At: noon}
	apply := func(r idempotency.Reply) error {
		c := next(stored(t, s, tx.ID))
		c.Reply = &idempotency.Change{Reply: r}
		return s.Apply(ctx, c)
	}
	check := func(want idempotency.Reply) {
		t.Helper()
		got, found, err := s.Reply(ctx, want.Scope, want.Key)
		must(t, err)
		if d := diff(want, got); d != "" || !found {
			t.Errorf("found %t (-want +got):\n%s", found, d)
		}
	}
	if _, found, err := s.Reply(ctx, "s", "k"); found || err != nil {
		t.Errorf("found %t, %v before it was stored", found, err)
	}
	must(t, apply(reply))
	check(reply)
	stranger := reply
	stranger.IntentID = "other"
	if err := apply(stranger); !errors.Is(err, idempotency.ErrTaken) {
		t.Errorf("another intent took the key: %v", err)
	}
	final := reply
	final.TransactionID, final.Status, final.Body, final.At = tx.ID, 201, []byte(`{"id":1}`), noon.Add(time.Minute)
	must(t, apply(final))
	check(final)
	if err := apply(final); !errors.Is(err, idempotency.ErrTaken) {
		t.Errorf("a complete reply was replaced: %v", err)
	}
	late := final
	late.Status, late.Body = 500, nil
	must(t, s.SaveReply(ctx, late))
	check(final)

	open2 := reply
	open2.Key, open2.IntentID = "k2", ""
	must(t, apply(open2))
	if err := apply(open2); !errors.Is(err, idempotency.ErrTaken) {
		t.Errorf("a key without an intent was taken twice: %v", err)
	}
	open2.Status, open2.Body = 200, []byte("ok")
	must(t, s.SaveReply(ctx, open2))
	check(open2)
}

func testReplyFreed(t *testing.T, open func() Store) {
	s, ctx := open(), t.Context()
	tx, intent := busy(t, s)
	reply := idempotency.Reply{Scope: "s", Key: "k", IntentID: intent.ID, At: noon}
	apply := func(r idempotency.Reply, free bool) {
		t.Helper()
		c := next(stored(t, s, tx.ID))
		c.Reply = &idempotency.Change{Reply: r, Free: free}
		must(t, s.Apply(ctx, c))
	}
	stranger := reply
	stranger.IntentID = "other"
	for _, step := range []struct {
		reply idempotency.Reply
		free  bool
		found bool
	}{{reply, true, false}, {reply, false, true}, {stranger, true, true}, {reply, true, false}, {stranger, false, true}} {
		apply(step.reply, step.free)
		if _, found, err := s.Reply(ctx, "s", "k"); found != step.found || err != nil {
			t.Errorf("after %+v: found %t, %v", step, found, err)
		}
	}
}

func testIDs(t *testing.T, open func() Store) {
	stores, ctx := []Store{open(), open()}, t.Context()
	ids := make([]int64, 5000)
	for _, err := range atOnce(10, func(i int) (err error) {
		for n := i; n < len(ids) && err == nil; n += 10 {
			ids[n], err = stores[i%2].NextID(ctx)
		}
		return err
	}) {
		must(t, err)
	}
	seen := map[int64]bool{}
	for n, id := range ids {
		if id <= 0 || seen[id] {
			t.Fatalf("id %d is not new", id)
		}
		if seen[id] = true; n >= 10 && id <= ids[n-10] {
			t.Fatalf("id %d came after %d", id, ids[n-10])
		}
	}
}

func testAccounts(t *testing.T, open func() Store) {
	s, ctx := open(), t.Context()
	if _, found, err := s.Account(ctx, community, "bea", "stripe"); found || err != nil {
		t.Errorf("found %t, %v", found, err)
	}
	got := make([]string, 20)
	for _, err := range atOnce(len(got), func(i int) (err error) {
		got[i], err = s.SaveAccount(ctx, community, "bea", "stripe", name("acct_", i))
		return err
	}) {
		must(t, err)
	}
	first, found, err := s.Account(ctx, community, "bea", "stripe")
	must(t, err)
	for _, id := range got {
		if id != first || !found {
			t.Errorf("%q was returned, %q is stored", id, first)
		}
	}
	for _, other := range []struct {
		community     int64
		user, gateway string
	}{{community + 1, "bea", "stripe"}, {community, "Bea", "stripe"}, {community, "bea", "paypal"}} {
		id, err := s.SaveAccount(ctx, other.community, other.user, other.gateway, "own")
		must(t, err)
		if id != "own" {
			t.Errorf("%+v got %q", other, id)
		}
	}
	testLinks(t, s)
	testReplaced(t, s)
}

// testReplaced puts an id in the place of what was kept while the gateway had none. Only what
// is still there is replaced, and never by an id of somebody else.
func testReplaced(t *testing.T, s Store) {
	t.Helper()
	ctx := t.Context()
	replace := func(of int64, user, was, id, want string) {
		t.Helper()
		if stored, err := s.ReplaceAccount(ctx, of, user, "paypal", was, id); err != nil || stored != want {
			t.Errorf("%s of %d has %q, want %q (%v)", user, of, stored, want, err)
		}
	}
	for _, user := range []string{"ann", "eve"} {
		_, err := s.SaveAccount(ctx, community, user, "paypal", "waits "+user)
		must(t, err)
	}
	replace(community, "ann", "waits eve", "ANN", "waits ann")
	replace(community+1, "ann", "waits ann", "ANN", "")
	replace(community, "ann", "waits ann", "ANN", "ANN")
	replace(community, "ann", "waits ann", "OTHER", "ANN")
	if _, err := s.ReplaceAccount(ctx, community, "eve", "paypal", "waits eve", "ANN"); fault.ReasonOf(err) != "account_taken" {
		t.Errorf("eve got ann's account: %v", err)
	}
	replace(community, "eve", "waits eve", "EVE", "EVE")
	for user, want := range map[string][]string{"ann": {"waits ann"}, "eve": {"waits eve"}, "bea": nil} {
		if former, err := s.FormerAccounts(ctx, community, user, "paypal"); err != nil || !slices.Equal(former, want) {
			t.Errorf("%s had %q, want %q (%v)", user, former, want, err)
		}
	}
}

// testLinks gives bea another account and takes it away, each with a line in the log.
func testLinks(t *testing.T, s Store) {
	t.Helper()
	ctx, by := t.Context(), orchestrator.By{Actor: "operator:olga", Reason: "asked", At: noon}
	link := orchestrator.SellerLink{CommunityID: community, UserID: "bea", Gateway: "stripe", AccountID: "acct_new"}
	gone := link
	gone.AccountID = ""
	was, _, err := s.Account(ctx, community, "bea", "stripe")
	must(t, err)
	must(t, s.LinkAccount(ctx, link, by))
	must(t, s.LinkAccount(ctx, link, by)) // it is theirs already
	for _, other := range []orchestrator.SellerLink{{CommunityID: community, UserID: "eve"}, {CommunityID: community + 1, UserID: "bea"}} {
		other.Gateway, other.AccountID = link.Gateway, link.AccountID
		if err := s.LinkAccount(ctx, other, by); fault.ReasonOf(err) != "account_taken" {
			t.Errorf("%s of %d got an account that is somebody's: %v", other.UserID, other.CommunityID, err)
		}
	}
	if id, found, err := s.Account(ctx, community, "bea", "stripe"); id != "acct_new" || !found || err != nil {
		t.Errorf("linked %q, %v", id, err)
	}
	must(t, s.LinkAccount(ctx, gone, by))
	if _, found, err := s.Account(ctx, community, "bea", "stripe"); found || err != nil {
		t.Errorf("still there: %t, %v", found, err)
	}
	if former, err := s.FormerAccounts(ctx, community, "bea", "stripe"); err != nil || !slices.Equal(former, slices.Sorted(slices.Values([]string{"acct_new", was}))) {
		t.Errorf("bea had %q (%v)", former, err)
	}
	if err := s.LinkAccount(ctx, gone, by); fault.ReasonOf(err) != "seller_not_linked" {
		t.Errorf("taken away twice: %v", err)
	}
	acts, err := s.Acts(ctx, orchestrator.ActFilter{CommunityID: community, Object: "user:bea", Limit: 10})
	must(t, err)
	var names []string
	for _, a := range acts {
		names = append(names, a.Name+" "+a.Data["account_id"])
	}
	if !slices.Equal(names, []string{"seller.unlink ", "seller.link acct_new", "seller.link acct_new"}) {
		t.Errorf("the log has %q", names)
	}
}

func testProfiles(t *testing.T, open func() Store) {
	s, ctx := open(), t.Context()
	if _, found, err := s.Profile(ctx, community, "bea"); found || err != nil {
		t.Errorf("found %t, %v", found, err)
	}
	p := orchestrator.Profile{CommunityID: community, UserID: "bea", Email: "bea@example.com", FirstName: "Bea", LastName: "B'Ünique", CountryCode: "ie"}
	for range 2 {
		must(t, s.SaveProfile(ctx, p))
		got, found, err := s.Profile(ctx, community, "bea")
		must(t, err)
		if d := diff(p, got); d != "" || !found {
			t.Errorf("found %t (-want +got):\n%s", found, d)
		}
		p.Email, p.TermsAcceptedAt, p.TermsIP, p.Language = "new@example.com", noon, "192.0.2.1", "de-AT"
	}
}

// olga is who does what is privileged in these tests.
var olga = orchestrator.By{Actor: "operator:olga", Reason: "a test", At: noon}

func testKeys(t *testing.T, open func() Store) {
	s, ctx := open(), t.Context()
	must(t, s.AddCommunity(ctx, community, "Sample", olga))
	must(t, s.AddCommunity(ctx, community, "Sample", olga))
	k, text := apikey.Generate(community, "backend", apikey.Test, []apikey.Scope{apikey.Read, apikey.Operate}, noon)
	must(t, s.AddKey(ctx, k, olga))
	changed := k
	changed.Hash = "other"
	must(t, s.AddKey(ctx, changed, olga))
	find := func() apikey.Key {
		t.Helper()
		got, found, err := s.FindKey(ctx, k.ID)
		must(t, err)
		if !found {
			t.Fatal("not found")
		}
		return got
	}
	if d := diff(k, find()); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	must(t, find().Verify(text, noon))
	must(t, s.RevokeKey(ctx, k.ID, noon.Add(time.Minute), olga))
	must(t, s.RevokeKey(ctx, k.ID, noon.Add(time.Hour), olga))
	if got := find(); !got.RevokedAt.Equal(noon.Add(time.Minute)) || got.Verify(text, noon) == nil {
		t.Errorf("revoked at %v", got.RevokedAt)
	}
	if err := s.RevokeKey(ctx, "0000", noon, olga); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("unknown key: %v", err)
	}
	if _, found, err := s.FindKey(ctx, "0000"); found || err != nil {
		t.Errorf("found %t, %v", found, err)
	}
}

func testSettings(t *testing.T, open func() Store) {
	stores, ctx := []Store{open(), open()}, t.Context()
	got := make([]string, 20)
	for _, err := range atOnce(len(got), func(i int) (err error) {
		got[i], err = stores[i%2].Setting(ctx, "secret", func() string { return name("made by ", i) })
		return err
	}) {
		must(t, err)
	}
	for _, value := range got {
		if value != got[0] {
			t.Errorf("%q and %q", value, got[0])
		}
	}
}
