package sandbox

import (
	"strings"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

type personName struct {
	First string `json:"first"`
	Last  string `json:"last"`
}

// personOf makes a view of one party, which is there once both have joined.
func personOf[T escrow[T]](role string) func(*call, T) (stage.Value, *Error) {
	return func(c *call, t T) (stage.Value, *Error) {
		u, err := joinedParty(c, t, role)
		if err != nil {
			return nil, err
		}
		return struct {
			Email string     `json:"email"`
			Name  personName `json:"name"`
			Phone string     `json:"phone"`
		}{u.Email, personName{u.First, u.Last}, u.Profile.Phone}, nil
	}
}

func viewBilling[T escrow[T]](c *call, t T) (stage.Value, *Error) {
	u, err := joinedParty(c, t, buyer)
	if err != nil {
		return nil, err
	}
	return struct {
		Email string `json:"email"`
		Name  string `json:"name"`
		Phone string `json:"phone"`
	}{u.Email, strings.TrimSpace(u.First + " " + u.Last), u.Profile.Phone}, nil
}

func joinedParty[T escrow[T]](c *call, t T, role string) (*user, *Error) {
	f := t.facts()
	if *f.sellerID == "" || *f.buyerID == "" {
		return nil, refuse("not_found")
	}
	return c.world.users[*f.party(role)], nil
}

// shippingAddress is where a parcel goes, as it is shown.
type shippingAddress struct {
	Name    string `json:"name"`
	Phone   string `json:"phone"`
	Address struct {
		Line1      string `json:"line1"`
		Line2      string `json:"line2"`
		City       string `json:"city"`
		PostalCode string `json:"postal_code"`
		State      string `json:"state"`
		Country    string `json:"country"`
	} `json:"address"`
}

func viewShipping(_ *call, t *online) (stage.Value, *Error) {
	if t.Hidden.Extras.Shipping == nil {
		return nil, refuse("not_found")
	}
	return t.Hidden.Extras.Shipping, nil
}

func setShipping(c *call, t *online, in struct {
	Name       string `json:"name"`
	Phone      string `json:"phone"`
	Line1      string `json:"address_line_1"`
	Line2      string `json:"address_line_2"`
	City       string `json:"city"`
	PostalCode string `json:"postal_code"`
	State      string `json:"state"`
	Country    string `json:"country"`
}) (stage.Value, *Error) {
	if strings.TrimSpace(in.Name) == "" {
		return nil, refuse("empty_name")
	}
	if strings.TrimSpace(in.Country) == "" {
		return nil, refuse("empty_country")
	}
	a := &shippingAddress{Name: in.Name, Phone: in.Phone}
	a.Address.Line1, a.Address.Line2, a.Address.City = in.Line1, in.Line2, in.City
	a.Address.PostalCode, a.Address.State, a.Address.Country = in.PostalCode, in.State, in.Country
	t.Hidden.Extras.Shipping = a
	c.world.record(c.by, t.ID)
	return a, nil
}
