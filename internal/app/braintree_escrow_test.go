package app_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/internal/testkit"
)

// inEscrow is a deal at Braintree's escrow.
func inEscrow(t *testing.T, databaseURL string) *cardDeal {
	t.Helper()
	return atBraintreeWith(t, testkit.Options{DatabaseURL: databaseURL, BraintreeEscrow: true})
}

// refusal is the code with which staff is refused.
func (d *cardDeal) refusal(name, input string) string {
	d.t.Helper()
	var r struct{ Code string }
	d.staff(name, input, 409).JSON(d.t, &r)
	return r.Code
}

// Braintree holds what was captured until the deal ends, and pays the seller then, or gives all of it back.
func TestBraintree_escrow(t *testing.T) {
	t.Parallel()
	type sums = map[string]int64
	for name, tc := range map[string]struct {
		play func(d *cardDeal)
		is   string
		want sums
	}{
		"completed": {func(d *cardDeal) {
			d.paid()
			if got := d.step("complete", "bea", "", 409); got != "not_settled_yet" {
				d.t.Errorf("before it is held: %s", got)
			}
			d.Advance(24 * time.Hour)
			d.step("complete", "bea", "", 200)
			d.Advance(25 * time.Hour)
		}, "completed", sums{"authorize": 5000, "capture": 5000, "release": 5000, "disburse": 5000}},
		"nobody confirms": {func(d *cardDeal) {
			d.paid()
			d.Advance(16 * 24 * time.Hour)
		}, "completed", sums{"authorize": 5000, "capture": 5000, "release": 5000, "disburse": 5000}},
		"rejected": {func(d *cardDeal) {
			d.preauthorized()
			d.step("reject", "sam", "", 200)
		}, "rejected", sums{"authorize": 5000, "void": 5000}},
		"refunded before it is held": {func(d *cardDeal) {
			d.paid()
			d.step("cancel", "bea", "", 200)
			d.staff("refund", "", 200)
		}, "refunded", sums{"authorize": 5000, "capture": 5000, "void": 5000}},
		"refunded": {func(d *cardDeal) {
			d.paid()
			d.Advance(24 * time.Hour)
			d.step("cancel", "bea", "", 200)
			d.staff("refund", "", 200)
		}, "refunded", sums{"authorize": 5000, "capture": 5000, "refund": 5000}},
		"only whole": {func(d *cardDeal) {
			d.paid()
			d.Advance(24 * time.Hour)
			if got := d.refusal("refund_part", `"refund":"1000",`); got != "partial_refund_not_allowed" {
				d.t.Errorf("a part: %s", got)
			}
			d.step("cancel", "bea", "", 200)
			if got := d.refusal("split", `"refund":"1000","release":"4000",`); got != "partial_refund_not_allowed" {
				d.t.Errorf("a split: %s", got)
			}
			d.staff("dismiss", "", 200)
		}, "dismissed", sums{"authorize": 5000, "capture": 5000, "release": 5000}},
		"a dispute that is lost": {func(d *cardDeal) {
			d.paid()
			d.Advance(24 * time.Hour)
			dispute, err := d.bank.Dispute(d.payment(), 0, "fraud")
			if err != nil {
				d.t.Fatal(err)
			}
			d.is("disputed")
			d.step("complete", "bea", "", 409)
			if err := d.bank.CloseDispute(dispute, "lost"); err != nil {
				d.t.Fatal(err)
			}
		}, "refunded", sums{"authorize": 5000, "capture": 5000, "dispute": 5000, "dispute_lost": 5000}},
		"the answer of the release is lost": {func(d *cardDeal) {
			d.paid()
			d.Advance(24 * time.Hour)
			d.fault("release_from_escrow", "cut_after")
			d.step("complete", "bea", "", 502)
			d.Advance(10 * time.Minute)
		}, "completed", sums{"authorize": 5000, "capture": 5000, "release": 5000}},
		"released by hand": {func(d *cardDeal) {
			d.paid()
			d.Advance(24 * time.Hour)
			d.byHand("release_from_escrow", "")
			d.step("complete", "bea", "", 200)
		}, "completed", sums{"authorize": 5000, "capture": 5000, "release": 5000}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play := func(t *testing.T, url string) {
				d := inEscrow(t, url)
				tc.play(d)
				d.is(tc.is)
				if diff := cmp.Diff(tc.want, d.moved()); diff != "" {
					t.Errorf("at Braintree (-want +got):\n%s", diff)
				}
				d.CheckBooks()
			}
			if name == "completed" || name == "refunded" || name == "a dispute that is lost" {
				testkit.OnEither(t, play)
			} else {
				testkit.OnEither(t, play)
			}
		})
	}
}

// jane is what is sent of a seller, whose first name decides at the emulator what comes of it.
func jane(first string) string {
	return `{"gateway":"braintree","return_url":"https://shop.example.com/payouts","details":{"first_name":"` + first + `","last_name":"Doe","email":"jane@example.com",
		"date_of_birth":"1981-11-19","street_address":"111 Main St","locality":"Chicago","region":"IL","postal_code":"60622","tos_accepted":"true",
		"funding_destination":"bank","funding_account_number":"1123581321","funding_routing_number":"071101307"}}`
}

// A seller is set up by what the marketplace sends of them, is told when they are declined and why, has another try, and is paid.
func TestBraintree_escrowSeller(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, url string) {
		d := inEscrow(t, url)
		d.author = "no-account"
		const seller = "/v1/sellers/no-account"
		stands := func(want string) {
			t.Helper()
			d.MustSettle()
			if body := string(d.Call("GET", seller, "").Body); !strings.Contains(body, want) {
				t.Errorf("the seller is %s, want %s", body, want)
			}
		}
		sets := func(first string, status int, want string) {
			t.Helper()
			if r := d.Call("POST", seller+"/onboarding", jane(first)); r.Status != status || !strings.Contains(string(r.Body), want) {
				t.Errorf("set up: %d %s, want %d %s", r.Status, r.Body, status, want)
			}
		}
		refused := func(code string) {
			t.Helper()
			if got := d.open("preauthorize", `"payment_method":"`+d.nonce("success")+`"`, 409); got != code {
				t.Errorf("opened: %s, want %s", got, code)
			}
		}
		refused("payee_not_ready")
		stands(`"gateway":"braintree","status":"missing"`)
		if r := d.Call("POST", seller+"/onboarding", `{"gateway":"braintree","return_url":"https://shop.example.com"}`); r.Status != 400 || !strings.Contains(string(r.Body), "invalid_seller_details") {
			t.Errorf("nothing is told: %d %s", r.Status, r.Body)
		}
		if r := d.Call("POST", seller+"/onboarding", strings.Replace(jane("x"), "postal_code", "zip", 1)); r.Status != 400 || !strings.Contains(string(r.Body), "zip") {
			t.Errorf("an unknown detail: %d %s", r.Status, r.Body)
		}
		if r := d.Call("POST", seller+"/onboarding", strings.Replace(jane("x"), `"braintree"`, `"stripe"`, 1)); r.Status != 400 || !strings.Contains(string(r.Body), "leave details out") {
			t.Errorf("details for Stripe: %d %s", r.Status, r.Body)
		}
		if r := d.Call("POST", seller+"/onboarding", strings.Replace(jane("x"), "071101307", "1", 1)); r.Status != 400 || !strings.Contains(string(r.Body), "82649") || strings.Contains(string(r.Body), "1123581321") {
			t.Errorf("a wrong bank: %d %s", r.Status, r.Body)
		}

		d.fault("create_merchant_account", "cut_after")
		sets("82623", 503, "gateway_unavailable")
		sets("82623", 201, `"url":"https://shop.example.com/payouts"`)
		stands(`"status":"pending"`)
		refused("payee_not_ready")
		d.Advance(2 * time.Minute)
		stands(`"status":"rejected","can_be_paid":false,"can_receive_payouts":false,"account_id":"hs-`)
		stands(`"due":[{"what":"declined_failed_kyc","by":null}]`)
		refused("payee_not_ready")

		sets("approve_me", 201, `"url"`)
		stands(`"status":"pending"`)
		d.Advance(2 * time.Minute)
		stands(`"status":"active","can_be_paid":true`)
		d.paid()
		d.Advance(24 * time.Hour)
		d.step("complete", "bea", "", 200)
		d.Advance(25 * time.Hour)
		d.is("completed")
		if diff := cmp.Diff(map[string]int64{"authorize": 5000, "capture": 5000, "release": 5000, "disburse": 5000}, d.moved()); diff != "" {
			t.Error(diff)
		}
		d.CheckBooks()
	})
}
