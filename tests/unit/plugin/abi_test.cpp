// Every released layout holds for good: a field that moved would break plugins that nobody can rebuild.
#include <chapar/plugin.h>
#include <gtest/gtest.h>

#include <cstddef>

namespace {

struct At {
    const char* field;
    std::size_t offset, expected;
};

#define AT(type, field, expected) \
    At { #type "." #field, offsetof(type, field), expected }

TEST(Abi, offsets_of_1_0_never_change) {
    const At fields[] = {
        AT(chapar_str, data, 0),
        AT(chapar_str, size, 8),
        AT(chapar_kv, key, 0),
        AT(chapar_kv, value, 16),
        AT(chapar_kvs, data, 0),
        AT(chapar_kvs, size, 8),
        AT(chapar_attachment, struct_size, 0),
        AT(chapar_attachment, name, 8),
        AT(chapar_attachment, content_type, 24),
        AT(chapar_attachment, content_id, 40),
        AT(chapar_attachment, bytes, 56),
        AT(chapar_message, struct_size, 0),
        AT(chapar_message, id, 8),
        AT(chapar_message, attempt, 24),
        AT(chapar_message, channel, 40),
        AT(chapar_message, address, 56),
        AT(chapar_message, application, 72),
        AT(chapar_message, class_name, 88),
        AT(chapar_message, campaign, 104),
        AT(chapar_message, locale, 120),
        AT(chapar_message, expires_at_ms, 136),
        AT(chapar_message, content, 144),
        AT(chapar_message, headers, 160),
        AT(chapar_message, attachments, 176),
        AT(chapar_message, attachment_count, 184),
        AT(chapar_result, struct_size, 0),
        AT(chapar_result, verdict, 4),
        AT(chapar_result, blame, 8),
        AT(chapar_result, retry_after_ms, 12),
        AT(chapar_result, provider_id, 16),
        AT(chapar_result, code, 32),
        AT(chapar_result, detail, 48),
        AT(chapar_transfer, struct_size, 0),
        AT(chapar_transfer, url, 8),
        AT(chapar_transfer, method, 24),
        AT(chapar_transfer, headers, 40),
        AT(chapar_transfer, body, 56),
        AT(chapar_transfer, mail_from, 72),
        AT(chapar_transfer, rcpt_to, 88),
        AT(chapar_transfer, rcpt_count, 96),
        AT(chapar_transfer, user, 104),
        AT(chapar_transfer, password, 120),
        AT(chapar_transfer, ca_file, 136),
        AT(chapar_transfer, tls, 152),
        AT(chapar_transfer, connect_timeout_ms, 156),
        AT(chapar_transfer, timeout_ms, 160),
        AT(chapar_transfer, smtp_utf8, 164),
        AT(chapar_transfer, helo, 168),
        AT(chapar_transfer, max_response_bytes, 184),
        AT(chapar_transfer_result, struct_size, 0),
        AT(chapar_transfer_result, phase, 4),
        AT(chapar_transfer_result, code, 8),
        AT(chapar_transfer_result, reply, 16),
        AT(chapar_transfer_result, headers, 32),
        AT(chapar_transfer_result, body, 48),
        AT(chapar_transfer_result, timed_out, 64),
        AT(chapar_transfer_result, error, 72),
        AT(chapar_http_request, struct_size, 0),
        AT(chapar_http_request, method, 8),
        AT(chapar_http_request, path, 24),
        AT(chapar_http_request, query, 40),
        AT(chapar_http_request, headers, 56),
        AT(chapar_http_request, body, 72),
        AT(chapar_http_response, struct_size, 0),
        AT(chapar_http_response, status, 4),
        AT(chapar_http_response, headers, 8),
        AT(chapar_http_response, body, 24),
        AT(chapar_event, struct_size, 0),
        AT(chapar_event, attempt, 8),
        AT(chapar_event, provider_id, 24),
        AT(chapar_event, kind, 40),
        AT(chapar_event, address, 56),
        AT(chapar_event, code, 72),
        AT(chapar_event, detail, 88),
        AT(chapar_event, at_ms, 104),
        AT(chapar_event, dedupe_key, 112),
        AT(chapar_host_api, struct_size, 0),
        AT(chapar_host_api, abi_major, 4),
        AT(chapar_host_api, abi_minor, 6),
        AT(chapar_host_api, log, 8),
        AT(chapar_host_api, metric_add, 16),
        AT(chapar_host_api, post, 24),
        AT(chapar_host_api, complete, 32),
        AT(chapar_host_api, emit, 40),
        AT(chapar_host_api, reply, 48),
        AT(chapar_host_api, fail, 56),
        AT(chapar_host_api, secret, 64),
        AT(chapar_host_api, timer_start, 72),
        AT(chapar_host_api, timer_cancel, 80),
        AT(chapar_host_api, transfer_start, 88),
        AT(chapar_host_api, transfer_cancel, 96),
        AT(chapar_traits, struct_size, 0),
        AT(chapar_traits, channels, 8),
        AT(chapar_traits, channel_count, 16),
        AT(chapar_traits, flags, 20),
        AT(chapar_traits, max_batch, 24),
        AT(chapar_traits, max_linger_ms, 28),
        AT(chapar_traits, max_in_flight, 32),
        AT(chapar_traits, config_schema, 40),
        AT(chapar_plugin, struct_size, 0),
        AT(chapar_plugin, abi_major, 4),
        AT(chapar_plugin, abi_minor, 6),
        AT(chapar_plugin, name, 8),
        AT(chapar_plugin, version, 16),
        AT(chapar_plugin, traits, 24),
        AT(chapar_plugin, create, 32),
        AT(chapar_plugin, destroy, 40),
        AT(chapar_plugin, start, 48),
        AT(chapar_plugin, send, 56),
        AT(chapar_plugin, cancel, 64),
        AT(chapar_plugin, inbound, 72),
        AT(chapar_plugin, drain, 80),
    };
    for (const At& at : fields)
        EXPECT_EQ(at.offset, at.expected) << at.field;
}

TEST(Abi, fields_of_1_5_lie_beyond_the_structs_of_1_4_and_leave_no_padding) {
    EXPECT_EQ(offsetof(chapar_event, blame), 144U);
    EXPECT_EQ(sizeof(chapar_event), 152U);
}

TEST(Abi, fields_of_1_4_lie_beyond_the_structs_of_1_3_and_leave_no_padding) {
    EXPECT_EQ(offsetof(chapar_message, copies), 208U);
    EXPECT_EQ(offsetof(chapar_message, copy_count), 216U);
    EXPECT_EQ(sizeof(chapar_message), 224U);
    EXPECT_EQ(offsetof(chapar_transfer_result, refused), 88U);
    EXPECT_EQ(sizeof(chapar_transfer_result), 104U);
    EXPECT_EQ(sizeof(chapar_copy), 48U);
    EXPECT_EQ(CHAPAR_COPIES, 2);
}

TEST(Abi, fields_of_1_3_lie_beyond_the_structs_of_1_2_and_leave_no_padding) {
    EXPECT_EQ(offsetof(chapar_message, within_ms), 200U);
    EXPECT_EQ(sizeof(chapar_message::within_ms), 8U);
    EXPECT_EQ(offsetof(chapar_event, cost), 128U);
    EXPECT_EQ(sizeof(chapar_event::cost), 16U);
}

// A field must not lie in what was padding: an older author's struct_size covers that, and nobody set it.
TEST(Abi, fields_of_1_2_lie_beyond_the_structs_of_1_1) {
    EXPECT_EQ(offsetof(chapar_message, flags), 192U);
    EXPECT_EQ(offsetof(chapar_transfer, flags), 192U);
    EXPECT_EQ(offsetof(chapar_host_api, emit_then), 104U);
    EXPECT_EQ(CHAPAR_URGENT, 1);
}

TEST(Abi, numbers_of_1_0_never_change) {
    EXPECT_EQ(CHAPAR_OK, 0);
    EXPECT_EQ(CHAPAR_INVALID, 1);
    EXPECT_EQ(CHAPAR_UNSUPPORTED, 2);
    EXPECT_EQ(CHAPAR_UNAVAILABLE, 3);
    EXPECT_EQ(CHAPAR_INTERNAL, 4);
    EXPECT_EQ(CHAPAR_ACCEPTED, 1);
    EXPECT_EQ(CHAPAR_DELIVERED, 2);
    EXPECT_EQ(CHAPAR_RETRY, 3);
    EXPECT_EQ(CHAPAR_REJECTED, 4);
    EXPECT_EQ(CHAPAR_UNKNOWN, 5);
    EXPECT_EQ(CHAPAR_NOBODY, 0);
    EXPECT_EQ(CHAPAR_PROVIDER, 5);
    EXPECT_EQ(CHAPAR_PHASE_REFUSED, -1);
    EXPECT_EQ(CHAPAR_PHASE_SENT, 7);
    EXPECT_EQ(CHAPAR_PHASE_ANSWERED, 8);
    EXPECT_EQ(CHAPAR_RECEIPTS | CHAPAR_IDEMPOTENT | CHAPAR_BLOCKING | CHAPAR_CARRIES_COPIES, 15);
}

TEST(Abi, a_field_beyond_struct_size_is_seen_as_absent) {
    chapar_result result{};
    result.struct_size = offsetof(chapar_result, detail);
    EXPECT_FALSE(CHAPAR_HAS(chapar_result, &result, detail));
    EXPECT_TRUE(CHAPAR_HAS(chapar_result, &result, code));
}

}  // namespace
