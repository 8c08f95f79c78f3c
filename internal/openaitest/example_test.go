package openaitest_test

import (
	"context"
	"fmt"
	"net/http"

	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

func ExampleNewServer() {
	server := openaitest.NewServer()
	defer server.Close()

	file := server.AddFile("data.jsonl", "batch", []byte("{}\n"))
	server.Inject(openaitest.Fault{Method: http.MethodDelete, Status: http.StatusServiceUnavailable})

	for range 2 {
		request, err := http.NewRequestWithContext(context.Background(), http.MethodDelete, server.URL+"/files/"+file.ID, nil)
		if err != nil {
			fmt.Println(err)
			return
		}
		request.Header.Set("Authorization", "Bearer "+openaitest.Key)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			fmt.Println(err)
			return
		}
		_ = response.Body.Close()
		fmt.Println(response.StatusCode, len(server.Files()))
	}
	// Output:
	// 503 1
	// 200 0
}
