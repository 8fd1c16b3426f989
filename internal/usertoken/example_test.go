package usertoken_test

import (
	"context"
	"fmt"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/usertoken"
)

// A marketplace signs, Handsel verifies; a token for somebody else is refused.
func ExampleVerifier_Verify() {
	secret := []byte("an example secret of 32 bytes...")
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	v, err := usertoken.New(usertoken.Config{
		Community: 501, Secrets: [][]byte{secret}, Issuer: "https://market.example.com", Audience: "handsel", Now: func() time.Time { return at },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	user := usertoken.User{ID: "598b1f02-b6b5-4197-a399-c8537e45d768", Name: "Ann Example", Community: 501, Expires: at.Add(time.Hour)}
	for _, audience := range []string{"handsel", "the shop"} {
		token, err := usertoken.Sign(secret, user, "https://market.example.com", audience, at)
		if err != nil {
			fmt.Println(err)
			return
		}
		u, err := v.Verify(context.Background(), token)
		if err != nil {
			fmt.Println(fault.CodeOf(err), fault.ReasonOf(err))
			continue
		}
		fmt.Println(u.Name, "of community", u.Community)
	}
	// Output:
	// Ann Example of community 501
	// unauthenticated invalid_token
}
