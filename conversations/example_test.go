package conversations_test

import (
	"fmt"

	"github.com/handsel-dev/handsel/conversations"
)

func ExampleTally_Rating() {
	fmt.Println(conversations.Tally{Votes: 3, Stars: 14}.Rating().Average)
	fmt.Println(conversations.Tally{}.Rating().Average)
	// Output:
	// 4.67
	// 0.00
}

func ExampleCleanName() {
	fmt.Println(conversations.CleanName(`C:\Users\me\receipt.html`, "application/pdf"))
	// Output: receipt.html.pdf
}
