#pragma once

#include "caviar/error.h"

#include <gmock/gmock.h>

/// The statement throws `type`, and its message holds `part`.
#define EXPECT_ERROR(statement, type, part)                                                                                     \
    do {                                                                                                                        \
        try {                                                                                                                   \
            statement;                                                                                                          \
            ADD_FAILURE() << "no error; expected: " << (part);                                                                  \
        } catch (const type& error) {                                                                                           \
            EXPECT_THAT(std::string(error.what()), ::testing::HasSubstr(part));                                                 \
        }                                                                                                                       \
    } while (false)
