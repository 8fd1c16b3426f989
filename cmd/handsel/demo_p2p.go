package main

import (
	"fmt"
	"time"

	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/p2porder"
)

// p2pDemo plays users of the exchange: Alice sells, Bob buys, Olga is an operator.
// They pay each other outside; what is traded is frozen meanwhile.
type p2pDemo struct {
	*demo
	ad, order int64
	seen      map[string]int64 // the last news of each user that was shown
	chat      int64            // the last message that was shown
}

func (d *p2pDemo) play() error {
	fmt.Fprintf(d.out, "Alice sells from her balance, Bob buys and pays from bank to bank. What she sells is frozen until she has his money.\n")
	return d.run(d.offer, d.take, d.talk, d.pay, d.release, d.rate,
		d.payAgain, d.callOperator, d.showEvidence, d.assign, d.preview, d.split,
		d.takeAgain, d.expire, d.letters)
}

// An order that goes well.

func (d *p2pDemo) offer() error {
	var ad struct {
		ID int64 `json:"id"`
	}
	err := d.as(app.Alice, "POST", "ads", `{"type":"sell","fiat_currency":"RUB","exchange_rate":102,"min_amount":10000,"max_amount":500000,
		"total_amount":200000,"payment_methods":["bank_transfer"],"payment_details":{"account":"Alice's account"},"payment_window_minutes":30}`, &ad)
	if err != nil {
		return err
	}
	d.ad = ad.ID
	return d.show("Alice offers 2000.00 RUB at 1.02 RUB each, by bank transfer", scene{alice: holdings{10_000_000, 0}, bob: holdings{10_000_000, 0}})
}

func (d *p2pDemo) take() error {
	if err := d.buy(100_000); err != nil {
		return err
	}
	return d.show("Bob takes 1000.00 of it; that part of Alice's balance is frozen, and he sees where to pay", scene{
		status: "pending", alice: holdings{9_900_000, 100_000}, bob: holdings{10_000_000, 0},
		told: []string{"Alice ad_interest", "Bob order_created"},
	})
}

func (d *p2pDemo) talk() error {
	if err := d.say(app.Bob, "Hello, I pay from my bank in ten minutes."); err != nil {
		return err
	}
	if err := d.say(app.Alice, "Fine, I am here."); err != nil {
		return err
	}
	return d.show("They talk", scene{
		status: "pending", alice: holdings{9_900_000, 100_000}, bob: holdings{10_000_000, 0},
		told: []string{"Alice chat_message", "Bob chat_message"},
	})
}

func (d *p2pDemo) pay() error {
	if err := d.as(app.Bob, "POST", d.orders("confirm-paid"), "", nil); err != nil {
		return err
	}
	return d.show("Bob has paid 1020.00 RUB to Alice's account and says so", scene{
		status: "paid_by_buyer", alice: holdings{9_900_000, 100_000}, bob: holdings{10_000_000, 0}, told: []string{"Alice payment_indication"},
	})
}

func (d *p2pDemo) release() error {
	if err := d.as(app.Alice, "POST", d.orders("confirm-received"), "", nil); err != nil {
		return err
	}
	return d.show("Alice has his money and releases; the frozen amount is Bob's", scene{
		status: "completed", alice: holdings{9_900_000, 0}, bob: holdings{10_100_000, 0}, told: []string{"Alice order_completed", "Bob funds_released"},
	})
}

func (d *p2pDemo) rate() error {
	if err := d.as(app.Bob, "POST", d.orders("rate"), `{"rating":5}`, nil); err != nil {
		return err
	}
	if err := d.as(app.Alice, "POST", d.orders("rate"), `{"rating":4}`, nil); err != nil {
		return err
	}
	d.title("They rate each other")
	for _, r := range []struct {
		reader, rated app.SampleUser
		want          string
	}{{app.Bob, app.Alice, "5"}, {app.Alice, app.Bob, "4"}} {
		average, err := d.ratingOf(r.reader)
		if err != nil {
			return err
		}
		fmt.Fprintf(d.out, "   rating   %-6s %s\n", first(r.rated), average)
		if average != r.want {
			return fmt.Errorf("the rating of %s is %s, want %s", r.rated.Name, average, r.want)
		}
	}
	return nil
}

// An order that ends in a dispute.

func (d *p2pDemo) payAgain() error {
	if err := d.buy(50_000); err != nil {
		return err
	}
	if err := d.as(app.Bob, "POST", d.orders("confirm-paid"), "", nil); err != nil {
		return err
	}
	return d.show("Bob takes 500.00 more and says that he has paid 510.00 RUB", scene{
		status: "paid_by_buyer", alice: holdings{9_850_000, 50_000}, bob: holdings{10_100_000, 0},
		told: []string{"Alice ad_interest", "Alice payment_indication", "Bob order_created"},
	})
}

func (d *p2pDemo) callOperator() error {
	if err := d.as(app.Alice, "POST", d.orders("call-operator"), `{"reason":"Only 306.00 RUB have come in."}`, nil); err != nil {
		return err
	}
	return d.show("Alice sees a part of it only and calls an operator", scene{
		status: "disputed", alice: holdings{9_850_000, 50_000}, bob: holdings{10_100_000, 0},
		told: []string{"Alice offer_disputed", "Bob offer_disputed", "Bob chat_message"},
	})
}

func (d *p2pDemo) showEvidence() error {
	if err := d.upload(app.Bob, "transfer.txt", "Transferred on Monday: 306.00 RUB. The rest was refused by the bank.\n"); err != nil {
		return err
	}
	return d.show("Bob shows what his bank says", scene{
		status: "disputed", alice: holdings{9_850_000, 50_000}, bob: holdings{10_100_000, 0}, told: []string{"Alice chat_message"},
	})
}

func (d *p2pDemo) assign() error {
	var open struct {
		Items []struct {
			OrderID int64  `json:"order_id"`
			Reason  string `json:"reason"`
		} `json:"items"`
	}
	if err := d.as(app.Olga, "GET", "operator/disputes", "", &open); err != nil {
		return err
	}
	if len(open.Items) != 1 || open.Items[0].OrderID != d.order {
		return fmt.Errorf("the list of disputes is %v, want order %d alone", open.Items, d.order)
	}
	if err := d.as(app.Olga, "POST", fmt.Sprintf("operator/orders/%d/assign", d.order), "", nil); err != nil {
		return err
	}
	var files struct {
		Items []struct{ Name, SHA256 string } `json:"items"`
	}
	if err := d.as(app.Olga, "GET", d.orders("evidence"), "", &files); err != nil {
		return err
	}
	if len(files.Items) != 1 {
		return fmt.Errorf("%d pieces of evidence are there, want 1", len(files.Items))
	}
	d.title("Olga, an operator, finds the order on her list, takes the case and reads the evidence")
	_, err := fmt.Fprintf(d.out, "   reason   %s\n   evidence %s, sha256 %s…\n", open.Items[0].Reason, files.Items[0].Name, files.Items[0].SHA256[:16])
	return err
}

// preview asks what a split would do, before anything moves.
func (d *p2pDemo) preview() error {
	preview, err := d.Engine.DryRun(d.ctx, orchestrator.DoInput{
		CommunityID: app.SampleCommunity, TransactionID: d.order, Transition: p2porder.ResolveSplit,
		Actor: process.Actor{Kind: process.Staff, ID: app.Olga.ID},
		Input: map[string]string{process.ReleaseInput.Name: "30000", process.RefundInput.Name: "20000", "reason": "Bob paid for 300.00."},
	})
	if err != nil {
		return err
	}
	d.title("Olga looks at what a split would post")
	whose := map[process.Pocket]string{process.EscrowPocket: "frozen", process.Payer: "Alice", process.Payee: "Bob"}
	var total int64
	for _, m := range preview.Moves {
		total += m.Amount.Minor()
		fmt.Fprintf(d.out, "   posting  %-6s -> %-6s %12s\n", whose[m.From], whose[m.To], rubles(m.Amount.Minor()))
	}
	if preview.To != p2porder.Completed || total != 50_000 {
		return fmt.Errorf("the preview ends %s and moves %d kopecks, want completed and 50000", preview.To, total)
	}
	return nil
}

func (d *p2pDemo) split() error {
	body := `{"outcome":"split","buyer_amount":30000,"seller_amount":20000,"reason":"Bob paid for 300.00."}`
	if err := d.as(app.Olga, "POST", fmt.Sprintf("operator/orders/%d/resolve", d.order), body, nil); err != nil {
		return err
	}
	return d.show("She decides so: 300.00 to Bob, 200.00 back to Alice", scene{
		status: "completed", alice: holdings{9_870_000, 0}, bob: holdings{10_130_000, 0},
		told: []string{"Alice chat_message", "Alice offer_resolved", "Bob chat_message", "Bob funds_released", "Bob offer_resolved"},
	})
}

// An order that nobody pays.

func (d *p2pDemo) takeAgain() error {
	if err := d.buy(20_000); err != nil {
		return err
	}
	return d.show("Bob takes 200.00 once more, and then forgets it", scene{
		status: "pending", alice: holdings{9_850_000, 20_000}, bob: holdings{10_130_000, 0}, told: []string{"Alice ad_interest", "Bob order_created"},
	})
}

func (d *p2pDemo) expire() error {
	if err := d.pass(32 * time.Minute); err != nil {
		return err
	}
	return d.show("32 minutes pass; Bob is reminded, the order expires, and Alice has her balance back", scene{
		status: "cancelled", reason: "expired", alice: holdings{9_870_000, 0}, bob: holdings{10_130_000, 0},
		told: []string{"Alice offer_expired", "Bob offer_expired", "Bob payment_due"},
	})
}
