package status

import (
	"net/http"

	"seedbed/internal/fault"
)

// Of is the HTTP status of a kind of fault (RFC 9110 section 15).
func Of(k fault.Kind) int {
	switch k {
	case fault.Invalid:
		return http.StatusUnprocessableEntity
	case fault.NotFound:
		return http.StatusNotFound
	case fault.Conflict:
		return http.StatusConflict
	case fault.Unavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}
