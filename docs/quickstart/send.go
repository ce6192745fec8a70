// Sends one OTP and prints its id. Go, the standard library alone.
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
)

func main() {
	dial := func(_ context.Context, _, _ string) (net.Conn, error) { return net.Dial("unix", os.Getenv("CHAPAR_SOCKET")) }
	chapar := http.Client{Transport: &http.Transport{DialContext: dial}}
	message := `{"to": {"email": "sara@example.com", "locale": "fa-IR"}, "class": "otp", "template": "otp",
		"data": {"code": "482193"}, "idempotency_key": "login-7731-go"}`
	answer, err := chapar.Post("http://chapar/v1/messages", "application/json", strings.NewReader(message))
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	io.Copy(os.Stdout, answer.Body)
}
