#include "bounce/mime.hpp"

#include <gmime/gmime.h>
#include <iconv.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "bounce/html.hpp"
#include "email_rules/text.hpp"

namespace chapar::bounce {
namespace {

constexpr std::size_t most_text = 64 * 1024, most_parts = 40, most_depth = 25;

struct Unref {
    void operator()(void* object) const { g_object_unref(object); }
};
template <class T>
using Object = std::unique_ptr<T, Unref>;

void begin_gmime() {
    static const bool is_begun = [] {
        g_mime_init();
        return true;
    }();
    static_cast<void>(is_begun);
}

std::string_view view(const char* text) { return text == nullptr ? std::string_view() : std::string_view(text); }

std::string type_of(GMimeObject* object) {
    GMimeContentType* type = g_mime_object_get_content_type(object);
    if (type == nullptr) return "text/plain";
    return email::to_lower(view(g_mime_content_type_get_media_type(type))) + '/' +
           email::to_lower(view(g_mime_content_type_get_media_subtype(type)));
}

std::string_view parameter(GMimeObject* object, const char* name) {
    GMimeContentType* type = g_mime_object_get_content_type(object);
    return type == nullptr ? std::string_view() : view(g_mime_content_type_get_parameter(type, name));
}

/// The bytes of a part as they stand in the mail.
struct Raw {
    std::string_view bytes;
    std::size_t offset = 0;
};

class Walk {
  public:
    explicit Walk(std::string_view text) : text_(text) {}

    Mail run() {
        const Object<GMimeStream> bytes(g_mime_stream_mem_new_with_buffer(text_.data(), text_.size()));
        const Object<GMimeParser> parser(g_mime_parser_new_with_stream(bytes.get()));
        g_mime_parser_set_persist_stream(parser.get(), TRUE);
        const Object<GMimeMessage> message(g_mime_parser_construct_message(parser.get(), nullptr));
        if (message) take_message(message.get());
        if (out_.parts.empty()) take_unparted();
        return std::move(out_);
    }

  private:
    void take_message(GMimeMessage* message) {
        take_head(GMIME_OBJECT(message));
        GMimeObject* root = g_mime_message_get_mime_part(message);
        if (root == nullptr) return;
        if (type_of(root) == "multipart/report") out_.report_type = email::to_lower(parameter(root, "report-type"));
        take_part(root, 0);
    }

    /// A multipart without its boundary, or no MIME at all: what follows the head is text.
    void take_unparted() {
        const auto lf = text_.find("\n\n"), crlf = text_.find("\n\r\n");
        const auto end = std::min(lf, crlf);
        if (end == std::string_view::npos) return;
        const auto body = end + (end == lf ? 2 : 3);
        add(PartKind::text, std::string(text_.substr(body, most_text)), line_at(body), true);
    }

    void take_head(GMimeObject* message) {
        GMimeHeaderList* headers = g_mime_object_get_header_list(message);
        const int count = g_mime_header_list_get_count(headers);
        for (int i = 0; i < count; ++i) {
            GMimeHeader* header = g_mime_header_list_get_header_at(headers, i);
            auto name = email::to_lower(view(g_mime_header_get_name(header)));
            const bool is_for_people = name == "subject" || name == "from" || name == "to";
            const auto value =
                view(is_for_people ? g_mime_header_get_value(header) : g_mime_header_get_raw_value(header));
            std::string line(email::trim(value));
            std::erase_if(line, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
            out_.head.add(std::move(name), std::move(line));
        }
    }

    void take_part(GMimeObject* part, std::size_t depth) {
        if (out_.parts.size() >= most_parts || depth > most_depth) return;
        if (GMIME_IS_MULTIPART(part)) {
            const int count = g_mime_multipart_get_count(GMIME_MULTIPART(part));
            for (int i = 0; i < count && out_.parts.size() < most_parts; ++i)
                take_part(g_mime_multipart_get_part(GMIME_MULTIPART(part), i), depth + 1);
        } else if (GMIME_IS_MESSAGE_PART(part)) {
            take_returned(GMIME_MESSAGE_PART(part));
        } else if (GMIME_IS_PART(part)) {
            take_leaf(GMIME_PART(part), type_of(part));
        }
    }

    void take_returned(GMimeMessagePart* part) {
        GMimeMessage* inner = g_mime_message_part_get_message(part);
        if (inner == nullptr) return;
        char* head = g_mime_object_get_headers(GMIME_OBJECT(inner), nullptr);
        add(PartKind::returned, std::string(view(head).substr(0, most_text)), line_, false);
        g_free(head);
    }

    void take_leaf(GMimePart* part, std::string_view type) {
        if (type == "message/delivery-status" || type == "message/global-delivery-status") {
            add_content(part, PartKind::delivery_status);
        } else if (type == "message/feedback-report") {
            add_content(part, PartKind::feedback);
        } else if (type == "message/disposition-notification" || type == "message/global-disposition-notification") {
            add_content(part, PartKind::disposition);
        } else if (type == "text/rfc822-headers" || type == "text/rfc822" || type == "message/global-headers") {
            add_content(part, PartKind::returned);
        } else if (type == "text/html") {
            add_content(part, PartKind::html);
        } else if (type.starts_with("text/") || type == "message/partial") {
            add_content(part, PartKind::text);
        }
    }

    void add_content(GMimePart* part, PartKind kind) {
        GMimeDataWrapper* content = g_mime_part_get_content(part);
        if (content == nullptr) return;
        const Raw raw = raw_of(content);
        line_ = line_at(raw.offset);
        const auto encoding = g_mime_data_wrapper_get_encoding(content);
        const bool is_plain = encoding != GMIME_CONTENT_ENCODING_BASE64 &&
                              encoding != GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE &&
                              encoding != GMIME_CONTENT_ENCODING_UUENCODE;
        std::string text = is_plain ? std::string(raw.bytes.substr(0, most_text)) : decoded(content);
        text = in_utf8(std::move(text), parameter(GMIME_OBJECT(part), "charset"));
        if (kind == PartKind::html) return add(kind, text_of_html(text), line_, false);
        add(kind, std::move(text), line_, is_plain);
    }

    /// Content is a window of the one stream of bytes.
    Raw raw_of(GMimeDataWrapper* content) const {
        GMimeStream* stream = g_mime_data_wrapper_get_stream(content);
        if (stream == nullptr) return {};
        const auto size = static_cast<std::size_t>(std::max<gint64>(g_mime_stream_length(stream), 0));
        const auto start = std::min(static_cast<std::size_t>(std::max<gint64>(stream->bound_start, 0)), text_.size());
        return {text_.substr(start, size), start};
    }

    static std::string decoded(GMimeDataWrapper* content) {
        const Object<GMimeStream> out(g_mime_stream_mem_new());
        g_mime_data_wrapper_write_to_stream(content, out.get());
        const GByteArray* bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(out.get()));
        return {reinterpret_cast<const char*>(bytes->data), std::min<std::size_t>(bytes->len, most_text)};
    }

    static std::string in_utf8(std::string text, std::string_view charset) {
        if (charset.empty()) return text;
        const auto name = email::to_lower(charset);
        const bool may_be_ascii = !name.starts_with("iso-2022") && !name.starts_with("utf-") && !name.starts_with("hz");
        if (may_be_ascii && email::is_ascii(text)) return text;
        if (name == "utf-8" || name == "utf8" || name == "us-ascii") return text;
        return converted(text, name);
    }

    /// What has no place in the character set is left out; a set that nobody knows leaves the text as it is.
    static std::string converted(const std::string& text, const std::string& charset) {
        const iconv_t conversion = ::iconv_open("UTF-8", charset.c_str());
        if (conversion == reinterpret_cast<iconv_t>(-1)) return text;
        std::string out(2 * most_text, '\0');
        char* from = const_cast<char*>(text.data());  // iconv reads only
        char* to = out.data();
        std::size_t left = text.size(), room = out.size();
        while (left > 0 && ::iconv(conversion, &from, &left, &to, &room) == static_cast<std::size_t>(-1) &&
               errno != E2BIG && left > 0)
            ++from, --left;
        ::iconv_close(conversion);
        out.resize(out.size() - room);
        return out;
    }

    void add(PartKind kind, std::string text, std::size_t line, bool is_plain) {
        out_.parts.push_back({kind, std::move(text), line, is_plain});
    }

    std::size_t line_at(std::size_t offset) {
        if (offset < counted_) return line_;
        lines_ += static_cast<std::size_t>(std::count(text_.begin() + static_cast<std::ptrdiff_t>(counted_),
                                                      text_.begin() + static_cast<std::ptrdiff_t>(offset), '\n'));
        counted_ = offset;
        return lines_;
    }

    const std::string_view text_;
    Mail out_;
    std::size_t line_ = 1, lines_ = 1, counted_ = 0;
};

}  // namespace

Mail take_apart(std::string_view text) {
    begin_gmime();
    return Walk(text).run();
}

}  // namespace chapar::bounce
