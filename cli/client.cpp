#include "cli/client.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <cstdio>
#include <cstring>
#include <memory>

#include "cli/answer.hpp"

namespace chapar::cli {
namespace {

using Handle = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using Headers = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

size_t append_body(char* data, size_t size, size_t count, void* into) {
    static_cast<std::string*>(into)->append(data, size * count);
    return size * count;
}

Handle open_handle(const Context& context, const char* method, const std::string& path) {
    Handle curl(curl_easy_init(), curl_easy_cleanup);
    curl_easy_setopt(curl.get(), CURLOPT_UNIX_SOCKET_PATH, context.socket.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_URL, ("http://chapar" + path).c_str());
    curl_easy_setopt(curl.get(), CURLOPT_CUSTOMREQUEST, method);
    curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
    return curl;
}

/// The headers that every request has.
Headers common_headers(const Context& context) {
    Headers headers(curl_slist_append(nullptr, "Expect:"), curl_slist_free_all);
    if (!context.application.empty())
        headers.reset(curl_slist_append(headers.release(), ("X-Chapar-Application: " + context.application).c_str()));
    return headers;
}

std::optional<Response> perform(const Context& context, CURL* curl, Response response) {
    if (const CURLcode code = curl_easy_perform(curl); code != CURLE_OK) {
        std::fputs(fmt::format("chapar: no answer at {}: {}. Is chapard running, and may you read the socket?\n",
                               context.socket, curl_easy_strerror(code))
                       .c_str(),
                   stderr);
        return std::nullopt;
    }
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &response.status);
    return response;
}

/// State of one streamed upload: curl asks for bytes and hands over answers in the same loop.
struct Stream {
    const std::function<bool(std::string&)>& next;
    const std::function<void(std::string_view)>& answer;
    CURL* curl = nullptr;
    std::string out;  // not yet taken by curl
    std::size_t sent = 0;
    bool ended = false;
    std::string line;     // an answer that is not yet whole
    std::string problem;  // the body when the status is not 200
};

size_t give_lines(char* to, size_t size, size_t count, void* state) {
    auto& stream = *static_cast<Stream*>(state);
    const std::size_t room = size * count;
    std::string line;
    while (!stream.ended && stream.out.size() - stream.sent < room) {
        if (!stream.next(line)) {
            stream.ended = true;
            break;
        }
        stream.out += line;
        stream.out += '\n';
    }
    const std::size_t given = std::min(room, stream.out.size() - stream.sent);
    std::memcpy(to, stream.out.data() + stream.sent, given);
    stream.sent += given;
    if (stream.sent == stream.out.size()) {
        stream.out.clear();
        stream.sent = 0;
    }
    return given;
}

size_t take_answers(char* data, size_t size, size_t count, void* state) {
    auto& stream = *static_cast<Stream*>(state);
    long status = 0;
    curl_easy_getinfo(stream.curl, CURLINFO_RESPONSE_CODE, &status);
    if (status != 200) {
        stream.problem.append(data, size * count);
        return size * count;
    }
    stream.line.append(data, size * count);
    std::size_t from = 0;
    for (auto end = stream.line.find('\n'); end != std::string::npos; end = stream.line.find('\n', from)) {
        stream.answer(std::string_view(stream.line).substr(from, end - from));
        from = end + 1;
    }
    stream.line.erase(0, from);
    return size * count;
}

}  // namespace

std::optional<Response> request(const Context& context, const char* method, const std::string& path,
                                std::string_view body, const char* content_type) {
    const Handle curl = open_handle(context, method, path);
    Response response;
    curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, append_body);
    curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &response.body);
    Headers headers = common_headers(context);
    if (!body.empty()) {
        headers.reset(curl_slist_append(headers.release(), fmt::format("Content-Type: {}", content_type).c_str()));
        curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, body.data());
        curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    }
    curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
    // The body is written into `response`, so it must not move before the transfer ends.
    const auto done = perform(context, curl.get(), {});
    if (!done) return std::nullopt;
    response.status = done->status;
    return response;
}

std::optional<Response> stream(const Context& context, const std::function<bool(std::string&)>& next,
                               const std::function<void(std::string_view)>& answer) {
    const Handle curl = open_handle(context, "POST", "/v1/messages");
    Stream state{next, answer, curl.get(), {}, 0, false, {}, {}};
    Headers headers = common_headers(context);
    headers.reset(curl_slist_append(headers.release(), "Content-Type: application/x-ndjson"));
    headers.reset(curl_slist_append(headers.release(), "Transfer-Encoding: chunked"));
    curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(curl.get(), CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl.get(), CURLOPT_READFUNCTION, give_lines);
    curl_easy_setopt(curl.get(), CURLOPT_READDATA, &state);
    curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, take_answers);
    curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &state);
    auto response = perform(context, curl.get(), {});
    if (response) response->body = std::move(state.problem);
    return response;
}

int print_problem(const Response& response) {
    simdjson::dom::parser parser;
    element document;
    if (parser.parse(response.body).get(document) == simdjson::SUCCESS && document.is_object()) {
        const auto detail = text(document, "detail");
        std::fputs(fmt::format("chapar: {}{}{}\n", text(document, "title"), detail.empty() ? "" : ": ", detail).c_str(),
                   stderr);
        for (const element& error : entries(document, "errors")) {
            std::fputs(fmt::format("  {}: {}\n", text(error, "pointer", "(whole)"), text(error, "detail")).c_str(),
                       stderr);
        }
    } else {
        std::fputs(fmt::format("chapar: the daemon answered {}\n", response.status).c_str(), stderr);
    }
    return response.status == 404 ? Exit::not_found : Exit::failed;
}

int show(const Context& context, const char* method, const std::string& path, std::string_view body,
         const std::function<void(const std::string&)>& print) {
    const auto response = request(context, method, path, body);
    if (!response) return Exit::unreachable;
    if (!response->ok()) {
        if (context.json) std::puts(response->body.c_str());
        const int code = print_problem(*response);
        return code;
    }
    if (context.json) {
        std::puts(response->body.c_str());
    } else {
        print(response->body);
    }
    return Exit::ok;
}

std::string percent_encode(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                           c == '.' || c == '_' || c == '~';
        if (plain) {
            out += c;
        } else {
            out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
        }
    }
    return out;
}

}  // namespace chapar::cli
