//! The admin API's router, which can only be built of routes that say who may use them.

use std::marker::PhantomData;

use axum::Router;
use axum::handler::Handler;
use axum::http::Method;
use axum::routing::{MethodFilter, on};

use super::AdminState;
use super::auth::Access;
use super::token::Role;
use crate::answer::Problem;

/// A route, for those who look through them all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path, with `{name}` for what varies.
    pub path: &'static str,
    /// The least role that may use it; none where it is open to all.
    pub role: Option<Role>,
}

/// The arguments of a handler whose first one is a way in.
pub(crate) trait Guarded {
    /// The way in.
    type By: Access;
}

impl<M, A: Access> Guarded for (M, A) {
    type By = A;
}

impl<M, A: Access, B> Guarded for (M, A, B) {
    type By = A;
}

impl<M, A: Access, B, C> Guarded for (M, A, B, C) {
    type By = A;
}

impl<M, A: Access, B, C, D> Guarded for (M, A, B, C, D) {
    type By = A;
}

/// A router in the making.
pub(crate) struct Door {
    router: Router<AdminState>,
    routes: Vec<Route>,
}

impl Door {
    pub(crate) fn new() -> Self {
        Self {
            router: Router::new(),
            routes: Vec::new(),
        }
    }

    pub(crate) fn get<H, T>(self, path: &'static str, handler: H) -> Self
    where
        H: Handler<T, AdminState>,
        T: Guarded + 'static,
    {
        self.on(Method::GET, MethodFilter::GET, path, handler, PhantomData)
    }

    pub(crate) fn post<H, T>(self, path: &'static str, handler: H) -> Self
    where
        H: Handler<T, AdminState>,
        T: Guarded + 'static,
    {
        self.on(Method::POST, MethodFilter::POST, path, handler, PhantomData)
    }

    pub(crate) fn delete<H, T>(self, path: &'static str, handler: H) -> Self
    where
        H: Handler<T, AdminState>,
        T: Guarded + 'static,
    {
        self.on(Method::DELETE, MethodFilter::DELETE, path, handler, PhantomData)
    }

    fn on<H, T>(
        mut self,
        method: Method,
        filter: MethodFilter,
        path: &'static str,
        handler: H,
        _arguments: PhantomData<T>,
    ) -> Self
    where
        H: Handler<T, AdminState>,
        T: Guarded + 'static,
    {
        self.routes.push(Route {
            method,
            path,
            role: T::By::ROLE,
        });
        self.router = self.router.route(path, on(filter, handler));
        self
    }

    /// All routes, for a test that tries each.
    pub(crate) fn routes(self) -> Vec<Route> {
        self.routes
    }

    /// The router. What it does not know, by path or by method, is not there.
    pub(crate) fn router(self) -> Router<AdminState> {
        self.router.fallback(nothing).method_not_allowed_fallback(nothing)
    }
}

async fn nothing() -> Problem {
    Problem::missing("there is nothing here; docs/serving.md lists the admin API")
}
