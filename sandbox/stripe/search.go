package stripe

import (
	"regexp"
	"slices"
)

// metadataQuery is the one kind of query that is played: metadata['key']:'value'.
var metadataQuery = regexp.MustCompile(`^metadata\[['"]([A-Za-z0-9_-]+)['"]\]:['"]([^'"]+)['"]$`)

// searchIntents finds payment intents by a value in their metadata, newest first. There is one page.
func searchIntents(c *call) (object, *Error) {
	limit, err := c.form.integer("limit", defaultLimit)
	if err != nil {
		return nil, err
	}
	wanted := metadataQuery.FindStringSubmatch(c.form.text("query"))
	if wanted == nil || limit < 1 || limit > maxLimit {
		return nil, malformed("", "query", "The sandbox searches for one key of the metadata: metadata['key']:'value'.")
	}
	views := []object{}
	for _, p := range slices.Backward(c.Intents.All) {
		if p.Metadata[wanted[1]] == wanted[2] && int64(len(views)) < limit {
			views = append(views, p.view())
		}
	}
	return object{"object": "search_result", "url": c.request.URL.Path, "has_more": false, "next_page": nil, "data": views}, nil
}
