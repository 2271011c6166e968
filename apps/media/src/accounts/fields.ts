import { z } from 'zod'
import { roles as allRoles, type Role } from '../kernel/principal.ts'

const controlCharacter = /\p{Cc}/u
const isPlainText = (text: string): boolean => text.isWellFormed() && !controlCharacter.test(text)

/** 1 to 200 characters once trimmed, none of them a control character. */
export const nameField = z.string().trim().min(1).max(200).refine(isPlainText, 'holds a control character or half of a surrogate pair')

export const emailField = z.email().max(254)

/** Any characters; compared in Unicode form NFC. */
export const newPasswordField = z.string().min(12).max(256)

/** What is tried at log-in: no minimum, so that a short wrong password is a wrong password like any other. */
export const triedPasswordField = z.string().min(1).max(256)

export const rolesField = z.array(z.enum(allRoles)).min(1).max(allRoles.length)

/** The form in which an address is unique: who owns `Ann@example.org` is `ann@example.org` too. */
export const emailKey = (email: string): string => email.normalize('NFC').toLowerCase()

/** Each once, in the order of the kernel's list: equal sets are equal texts. */
export const encodeRoles = (roles: readonly Role[]): string => JSON.stringify(allRoles.filter((role) => roles.includes(role)))

/** Reads what `encodeRoles` has written. */
export const decodeRoles = (text: string): Role[] => JSON.parse(text) as Role[]
