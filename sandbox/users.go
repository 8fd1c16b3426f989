package sandbox

import (
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// tosLeeway is how far a date of acceptance may lie ahead of the clock, as callers' clocks are seldom set to ours.
const tosLeeway = 24 * time.Hour

type guestInput struct {
	Email         string `json:"email"`
	FirstName     string `json:"first_name"`
	LastName      string `json:"last_name"`
	CountryCode   string `json:"country_code"`
	TosAcceptance struct {
		IP            string `json:"ip"`
		UnixTimestamp int64  `json:"unix_timestamp"`
	} `json:"tos_acceptance"`
}

// createGuestUser gives a new id each time, also for an e-mail address that is known.
func createGuestUser(c *call) (stage.Value, *Error) {
	in, err := stage.Decode[guestInput](c.body)
	if err != nil {
		return nil, err
	}
	if err := c.world.checkGuest(in); err != nil {
		return nil, err
	}
	u := c.world.addGuest(user{Email: in.Email, First: in.FirstName, Last: in.LastName, Country: in.CountryCode})
	c.world.record(c.by, 0)
	return struct {
		ID        string    `json:"id"`
		Email     string    `json:"email"`
		CreatedAt time.Time `json:"created_at"`
	}{u.ID, in.Email, c.by.at}, nil
}

// addGuest gives a guest an id.
func (w *state) addGuest(u user) *user {
	u.ID, u.Guest, u.Consent = "1-"+w.uuid(), true, true
	u.Country, _ = country(u.Country)
	w.users[u.ID] = &u
	return &u
}

func (w *state) checkGuest(in guestInput) *Error {
	accepted := in.TosAcceptance.UnixTimestamp
	_, known := country(in.CountryCode)
	needNames := !since(w.cfg.Profile, Profile202607)
	switch {
	case strings.TrimSpace(in.Email) == "":
		return refuse("email_missing")
	case !isEmail(in.Email):
		return refuse("invalid_email")
	case strings.TrimSpace(in.FirstName) == "" && needNames:
		return refuse("first_name_missing")
	case strings.TrimSpace(in.LastName) == "" && needNames:
		return refuse("last_name_missing")
	case !known:
		return refuse("invalid_country_code")
	case strings.TrimSpace(in.TosAcceptance.IP) == "":
		return refuse("tos_acceptance_ip_missing")
	case accepted < 1 || accepted > w.latest().Add(tosLeeway).Unix():
		return refuse("invalid_tos_acceptance_date")
	}
	return nil
}

// latest is the later of the virtual and the real time: a client that stamps with its own clock is right in either.
func (w *state) latest() time.Time {
	if now := w.cfg.Now(); now.After(w.Now()) {
		return now
	}
	return w.Now()
}

func isEmail(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s
}

// countries are the codes of ISO 3166-1, two letters each.
const countries = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ " +
	"CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR " +
	"GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP " +
	"KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT " +
	"MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW " +
	"SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG " +
	"UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW"

// country is a code in capital letters; false is for what is none. The descriptions show capitals and the quick starts send
// small letters: both are taken.
func country(code string) (string, bool) {
	code = strings.ToUpper(code)
	return code, code == "" || len(code) == 2 && !strings.Contains(code, " ") && strings.Contains(countries, code)
}

func (u User) validate() error {
	if u.ID == "" || strings.HasPrefix(u.ID, "1-") || len(u.ID) > 128 {
		return fmt.Errorf("sandbox: %q is not the id of a full user", u.ID)
	}
	if _, ok := country(u.Country); !ok {
		return fmt.Errorf("sandbox: %q is not a country code", u.Country)
	}
	if !slices.Contains([]string{"", payoutDue, payoutVerifying, payoutComplete, payoutFailed}, u.Payout) {
		return fmt.Errorf("sandbox: a payout is not %q: use due, verifying, complete or failed", u.Payout)
	}
	return nil
}
