package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
)

// testBankPayouts checks that a payout comes back as it was stored, and goes forward only.
func testBankPayouts(t *testing.T, open func() Store) {
	s, other := open(), open()
	ctx, at := t.Context(), time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	if _, err := s.SaveAccount(ctx, 1, "sam", "stripe", "acct_1"); err != nil {
		t.Fatal(err)
	}
	if c, user, found, err := s.AccountOwner(ctx, "stripe", "acct_1"); c != 1 || user != "sam" || !found || err != nil {
		t.Errorf("the account is that of %d %q, %t, %v", c, user, found, err)
	}
	if _, _, found, err := s.AccountOwner(ctx, "paypal", "acct_1"); found || err != nil {
		t.Errorf("an account of another gateway: %t, %v", found, err)
	}
	p := orchestrator.BankPayout{
		CommunityID: 1, Number: 7, Gateway: "stripe", AccountID: "acct_1", ID: "po_1", UserID: "sam", Amount: money.New(4250, "EUR"),
		Status: orchestrator.BankPayoutInTransit, Deals: []int64{5, 3}, MadeAt: at, ArrivesAt: at.Add(24 * time.Hour), Due: at.Add(25 * time.Hour),
	}
	list := func() []orchestrator.BankPayout {
		t.Helper()
		all, err := other.ListBankPayouts(ctx, orchestrator.BankPayoutFilter{CommunityID: 1, UserID: "sam", Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	save := func(p orchestrator.BankPayout, want bool) {
		t.Helper()
		changed, err := s.SaveBankPayout(ctx, p)
		if err != nil || changed != want {
			t.Errorf("%s: changed %t, %v", p.Status, changed, err)
		}
	}
	save(p, true)
	save(p, false)
	if diff := cmp.Diff([]orchestrator.BankPayout{p}, list(), cmp.AllowUnexported(money.Amount{})); diff != "" {
		t.Fatalf("stored (-want +got):\n%s", diff)
	}
	failed := p
	failed.Number, failed.Status, failed.Failure, failed.EndedAt, failed.Due = 8, orchestrator.BankPayoutFailed, "account_closed", at.Add(26*time.Hour), at.Add(26*time.Hour)
	paid := p
	paid.Number, paid.Status, paid.EndedAt = 9, orchestrator.BankPayoutPaid, at.Add(25*time.Hour)
	save(paid, true)
	save(failed, true)
	save(paid, false)
	failed.Number = 7
	if diff := cmp.Diff([]orchestrator.BankPayout{failed}, list(), cmp.AllowUnexported(money.Amount{})); diff != "" {
		t.Fatalf("it goes forward only (-want +got):\n%s", diff)
	}
}

// testBankPayoutsDue checks that a payout that is due is claimed once, and settled by who holds it.
func testBankPayoutsDue(t *testing.T, open func() Store) {
	s, other := open(), open()
	ctx, at := t.Context(), time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	if _, err := s.SaveBankPayout(ctx, orchestrator.BankPayout{
		CommunityID: 1, Number: 7, Gateway: "stripe", ID: "po_1", UserID: "sam", Amount: money.New(4250, "EUR"), Status: orchestrator.BankPayoutFailed, MadeAt: at, EndedAt: at, Due: at,
	}); err != nil {
		t.Fatal(err)
	}
	now := at.Add(27 * time.Hour)
	first, err := s.ClaimBankPayouts(ctx, now, now.Add(time.Minute), 10)
	if err != nil || len(first) != 1 || first[0].Attempts != 1 || !first[0].Due.Equal(now.Add(time.Minute)) {
		t.Fatalf("claimed %+v, %v", first, err)
	}
	if second, err := other.ClaimBankPayouts(ctx, now, now.Add(time.Minute), 10); err != nil || len(second) != 0 {
		t.Errorf("claimed twice: %+v, %v", second, err)
	}
	told := first[0]
	told.ToldAt, told.Due = now, time.Time{}
	if err := s.SettleBankPayout(ctx, told, at); err != orchestrator.ErrRevisionConflict {
		t.Errorf("settled by somebody who holds it no longer: %v", err)
	}
	if err := s.SettleBankPayout(ctx, told, now.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if all, err := s.ListBankPayouts(ctx, orchestrator.BankPayoutFilter{CommunityID: 1, UserID: "sam"}); err != nil || len(all) != 1 || !all[0].ToldAt.Equal(now) || !all[0].Due.IsZero() {
		t.Errorf("told: %+v, %v", all, err)
	}
	if later, err := s.ClaimBankPayouts(ctx, now.Add(240*time.Hour), now.Add(241*time.Hour), 10); err != nil || len(later) != 0 {
		t.Errorf("nothing more is due: %+v, %v", later, err)
	}
	if all, err := s.ListBankPayouts(ctx, orchestrator.BankPayoutFilter{CommunityID: 1, UserID: "bea"}); err != nil || len(all) != 0 {
		t.Errorf("another user's: %+v, %v", all, err)
	}
}
