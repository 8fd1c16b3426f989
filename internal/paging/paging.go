// Package paging says where a page of a list ends: with as many objects as were asked for, or with the one
// that fills it. A store stops reading there, and who shows the page says that the list goes on.
package paging

// Bytes is how large the objects of a page are together, but for the last one. Our choice: an object may have
// 100 kB of metadata, and many pages are read at the same time.
const Bytes = 1 << 20

// Sized is an object whose texts may be long. Size is about how many bytes they have, the same for the store that
// ends a page and for whoever shows it; what is always short need not be counted.
type Sized interface{ Size() int }

// Full reports whether objects fill a page.
func Full[T Sized](all []T) bool {
	size := 0
	for _, one := range all {
		if size += one.Size(); size >= Bytes {
			return true
		}
	}
	return false
}

// GoesOn reports whether there may be more behind a page. One that goes on is never empty, so that
// its last object is where the next one begins.
func GoesOn[T Sized](page []T, limit int) bool {
	return len(page) > 0 && (len(page) >= limit || Full(page))
}

// Texts is how many bytes named texts have.
func Texts[K ~string](named map[K]string) (size int) {
	for name, text := range named {
		size += len(name) + len(text)
	}
	return size
}
