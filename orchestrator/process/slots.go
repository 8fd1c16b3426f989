package process

import (
	"strings"
	"time"

	"github.com/handsel-dev/handsel/money"
)

// slots are all that a text may name in braces. A slot may say a text with slots in it.
var slots = map[string]func(*teller) string{
	"buyer":   func(t *teller) string { return t.person(Buyer) },
	"seller":  func(t *teller) string { return t.person(Seller) },
	"starter": func(t *teller) string { return t.person(Starter) },
	"author":  func(t *teller) string { return t.person(Author) },
	"joiner":  func(t *teller) string { return t.person(Joiner) },

	"price":         func(t *teller) string { return t.minor(t.d.Price.Minor()) },
	"total":         func(t *teller) string { return t.minor(t.d.Price.Minor() + t.d.BuyerFee) }, // the buyer pays it
	"deposit":       func(t *teller) string { return t.minor(t.d.Deposit) },
	"deposit_total": func(t *teller) string { return t.minor(t.d.Deposit + t.d.DepositFee) },
	"rest": func(t *teller) string {
		return t.minor(t.d.Price.Minor() + t.d.BuyerFee - t.d.Deposit - t.d.DepositFee)
	},
	"authorized":   func(t *teller) string { return t.minor(t.d.Funds.Authorized) },
	"held":         func(t *teller) string { return t.minor(t.d.Funds.Held) },
	"refunded":     func(t *teller) string { return t.minor(t.d.Funds.Refunded) },
	"paid":         func(t *teller) string { return t.minor(t.d.Funds.Released - t.d.Funds.PayoutDue - t.d.Funds.Withheld) },
	"payout_due":   func(t *teller) string { return t.minor(t.d.Funds.PayoutDue) },
	"charged_back": func(t *teller) string { return t.minor(t.d.Funds.ChargedBack) },
	"payee_due":    func(t *teller) string { return t.minor(t.d.Funds.PayeeDue) },
	"asked":        func(t *teller) string { return t.minor(t.asked.Minor()) },
	"gets":         (*teller).gets,
	"back":         (*teller).back,

	"due": func(t *teller) string {
		if t.next == nil {
			return ""
		}
		return t.instant(t.next.Due)
	},
	"evidence": func(t *teller) string { return t.deadline(EvidenceDeadline) },

	"otherwise": func(t *teller) string {
		if t.next == nil {
			return ""
		}
		return t.say(t.p.Words.Timers[t.next.Name])
	},
	"pays": func(t *teller) string {
		if t.d.MarketplacePays {
			return t.say(payoutBecomesDue)
		}
		return t.say(sellerIsPaid)
	},
	"doing": func(t *teller) string { return t.say(t.doing) },
}

// person names somebody by their id and role the first time, and by the role from then on.
func (t *teller) person(r Role) string {
	side := t.d.side(r)
	at := map[Role]int{Buyer: 0, Seller: 1}[side]
	id, word := t.d.person(side), t.say(thePerson[side])
	if t.terse || t.named[at] || !speakable(id) {
		return word
	}
	t.named[at] = true
	return id + " (" + word + ")"
}

// minor is an amount of the deal; empty for none.
func (t *teller) minor(n int64) string {
	if n == 0 {
		return ""
	}
	return t.known.Format(money.New(n, t.d.Price.Currency()))
}

// gets is what the payee gets of what is held, less the fee; back is what the payer does.
func (t *teller) gets() string {
	if t.p.SellerPays {
		return t.moved(SettleFrozen, Payee)
	}
	return t.moved(PayOut, Payee, DuePayout)
}

func (t *teller) back() string {
	if t.p.SellerPays {
		return t.moved(ReturnFrozen, Payer)
	}
	return t.moved(RefundPayer, Payer)
}

// moved is what an effect would bring into pockets.
func (t *teller) moved(e Effect, into ...Pocket) string {
	moves, _, err := t.d.apply(e, nil)
	if err != nil {
		return ""
	}
	var sum int64
	for _, m := range moves {
		for _, pocket := range into {
			if m.To == pocket {
				sum += m.Amount.Minor()
			}
		}
	}
	return t.minor(sum)
}

func (t *teller) deadline(name Deadline) string {
	at, ok := t.d.Deadlines[name]
	if !ok {
		return ""
	}
	return t.instant(at)
}

// instant is a time for people who may be anywhere.
func (t *teller) instant(at time.Time) string { return at.UTC().Format(t.say(instantLayout)) }

// speakable reports whether a user id may stand in a sentence: it is short and plain, and
// cannot be an e-mail address, a name with its parts, or a card number.
func speakable(id string) bool {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:"
	if id == "" || len(id) > 40 || strings.Trim(id, plain) != "" {
		return false
	}
	return !numberedAsCard(id)
}

// numberedAsCard reports whether the digits of a text that has nothing but digits and marks
// could be a card's: 13 to 19 of them, with the check digit of ISO/IEC 7812-1.
func numberedAsCard(text string) bool {
	digits := strings.NewReplacer("-", "", "_", "", ".", "", ":", "").Replace(text)
	if len(digits) < 13 || len(digits) > 19 || strings.Trim(digits, "0123456789") != "" {
		return false
	}
	sum := 0
	for i := range len(digits) {
		n := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			n *= 2
		}
		sum += n/10 + n%10
	}
	return sum%10 == 0
}
